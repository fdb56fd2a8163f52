package dev.reprise.verify.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import java.util.List;
import org.junit.jupiter.api.Test;

class BisectionTest {
    /** The body of an If reads what is around it; an output or input that was left out is nobody's. */
    @Test
    void aSliceHasTheNodesThatTheValueNeedsInTheirOrder() {
        GraphProto body = GraphProto.newBuilder()
                .addNode(node("Neg", List.of("captured"), List.of("inner")))
                .addOutput(value("inner"))
                .build();
        NodeProto branch = node("If", List.of("condition"), List.of("chosen")).toBuilder()
                .addAttribute(AttributeProto.newBuilder().setName("then_branch").setG(body))
                .build();
        ModelProto segment = ModelProto.newBuilder()
                .setGraph(GraphProto.newBuilder()
                        .addInput(value("x"))
                        .addInput(value("condition"))
                        .addInput(value("unread"))
                        .addNode(node("Abs", List.of("x"), List.of("captured")))
                        .addNode(node("Dropout", List.of("x"), List.of("other", "")))
                        .addNode(branch)
                        .addNode(node("Clip", List.of("chosen", "", "captured"), List.of("wanted")))
                        .addNode(node("Neg", List.of("wanted"), List.of("after")))
                        .addOutput(value("wanted"))
                        .addOutput(value("after")))
                .build();

        GraphProto slice = Bisection.slice(segment, "wanted").getGraph();

        assertThat(slice.getNodeList()).extracting(NodeProto::getOpType).containsExactly("Abs", "If", "Clip");
        assertThat(slice.getInputList()).extracting(ValueInfoProto::getName).containsExactly("x", "condition");
        assertThat(slice.getOutputList()).extracting(ValueInfoProto::getName).containsExactly("wanted");
    }

    private static NodeProto node(String operator, List<String> inputs, List<String> outputs) {
        return NodeProto.newBuilder()
                .setOpType(operator)
                .addAllInput(inputs)
                .addAllOutput(outputs)
                .build();
    }

    private static ValueInfoProto value(String name) {
        return ValueInfoProto.newBuilder().setName(name).build();
    }
}
