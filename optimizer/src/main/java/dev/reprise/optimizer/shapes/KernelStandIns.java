package dev.reprise.optimizer.shapes;

import dev.reprise.graph.model.OnnxModel;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.graph.onnx.TypeProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import dev.reprise.optimizer.inline.UniqueNames;
import dev.reprise.optimizer.operators.Operators;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Operators that the CPU provider has kernels for, in place of those that only a device has, with outputs of the same type and shape.
 * ONNX Runtime opens no model with an operator that it cannot run, not even to be asked for types.
 *
 * <pre>
 *   NhwcConv                         Transpose ─▶ Conv ─▶ Transpose
 *   GroupNorm, SkipGroupNorm …       Identity
 *   BiasSplitGelu                    every second channel
 *   any other                        Reshape to a shape that is not known
 * </pre>
 *
 * Only to learn types: nothing that is written holds one.
 */
final class KernelStandIns {
    private static final Set<String> SAME_SHAPE = Set.of("GroupNorm", "SkipGroupNorm", "BiasAdd");
    private static final Set<String> OTHER_SHAPE = Set.of("NhwcConv", "BiasSplitGelu");

    private final UniqueNames unique;
    private final List<NodeProto> nodes = new ArrayList<>();
    private final GraphProto.Builder graph;
    private String unknownShape = "";

    private KernelStandIns(GraphProto original, Set<String> operators) {
        unique = new UniqueNames(original);
        graph = original.toBuilder();
        for (NodeProto node : original.getNodeList()) {
            if (operators.contains(node.getOpType()) && node.getInputCount() > 0) {
                replace(node);
            } else {
                nodes.add(node);
            }
        }
        graph.clearNode().addAllNode(nodes);
    }

    /** The operators of a model that have a stand-in of the right shape, and no kernel for the CPU. */
    static Set<String> known(OnnxModel model) {
        Set<String> known = new LinkedHashSet<>();
        for (NodeProto node : model.proto().getGraph().getNodeList()) {
            boolean isKnown = SAME_SHAPE.contains(node.getOpType()) || OTHER_SHAPE.contains(node.getOpType());
            if (isKnown && node.getDomain().equals(Operators.MICROSOFT)) {
                known.add(node.getOpType());
            }
        }
        return known;
    }

    /** The model with stand-ins for these operators. */
    static OnnxModel replace(OnnxModel model, Set<String> operators) {
        if (operators.isEmpty()) {
            return model;
        }
        GraphProto.Builder graph = new KernelStandIns(model.proto().getGraph(), operators).graph;
        return model.rewritten(model.proto().toBuilder().setGraph(graph).build());
    }

    private void replace(NodeProto node) {
        switch (node.getOpType()) {
            case "NhwcConv" -> convolution(node);
            case "BiasSplitGelu" -> everySecondChannel(node);
            default -> {
                for (String output : node.getOutputList()) {
                    if (!output.isEmpty()) {
                        nodes.add(
                                SAME_SHAPE.contains(node.getOpType())
                                        ? node("Identity", output, node.getInput(0))
                                                .build()
                                        : node("Reshape", output, node.getInput(0), unknownShape())
                                                .build());
                    }
                }
            }
        }
    }

    /** Data [batch, height, width, channels], weights [channels out, height, width, channels in]. */
    private void convolution(NodeProto node) {
        String data = transposed(node.getInput(0), 0, 3, 1, 2);
        String weights = transposed(node.getInput(1), 0, 3, 1, 2);
        String convolved = unique.like("stand_in");
        nodes.add(node("Conv", convolved, data, weights)
                .addAllAttribute(node.getAttributeList())
                .build());
        nodes.add(node("Transpose", node.getOutput(0), convolved)
                .addAttribute(integers("perm", 0, 2, 3, 1))
                .build());
    }

    private String transposed(String value, long... permutation) {
        String output = unique.like("stand_in");
        nodes.add(node("Transpose", output, value)
                .addAttribute(integers("perm", permutation))
                .build());
        return output;
    }

    /** The operator halves the last dimension. */
    private void everySecondChannel(NodeProto node) {
        nodes.add(node(
                        "Slice",
                        node.getOutput(0),
                        node.getInput(0),
                        constant(0),
                        constant(Long.MAX_VALUE),
                        constant(-1),
                        constant(2))
                .build());
    }

    private String constant(long number) {
        String output = unique.like("stand_in");
        nodes.add(node("Constant", output)
                .addAttribute(integers("value_ints", number))
                .build());
        return output;
    }

    private String unknownShape() {
        if (unknownShape.isEmpty()) {
            unknownShape = unique.like("stand_in_shape");
            graph.addInput(ValueInfoProto.newBuilder()
                    .setName(unknownShape)
                    .setType(TypeProto.newBuilder()
                            .setTensorType(
                                    TypeProto.Tensor.newBuilder().setElemType(TensorProto.DataType.INT64_VALUE))));
        }
        return unknownShape;
    }

    private NodeProto.Builder node(String operator, String output, String... inputs) {
        return NodeProto.newBuilder()
                .setOpType(operator)
                .setName(unique.like("stand_in"))
                .addAllInput(List.of(inputs))
                .addOutput(output);
    }

    private static AttributeProto integers(String name, long... numbers) {
        AttributeProto.Builder attribute =
                AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
        for (long number : numbers) {
            attribute.addInts(number);
        }
        return attribute.build();
    }
}
