package dev.reprise.optimizer.unfuse;

import dev.reprise.graph.Node;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.optimizer.inline.UniqueNames;
import dev.reprise.optimizer.operators.Operators;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Takes the residual sum out of the norm that ONNX Runtime's transformer optimizer fused it with. The fused node ends one block and
 * begins the next, so no cut could go between them.
 *
 * <pre>
 *   before   x, branch, bias ─▶ SkipLayerNormalization ─▶ norm
 *                                                      └▶ sum
 *   after    x, branch ─▶ Add ─ bias ─▶ Add ─ sum ─▶ SkipLayerNormalization ─▶ norm
 *                                              └▶ Sub ─ zeros ─▶ ┘
 * </pre>
 *
 * The norm stays the same operator, of the sum and zeros: ONNX Runtime's LayerNormalization rounds in another way. The sum is that of
 * the fused node to the bit, so both values are. Zeros are the sum less itself. Where the sum is not finite neither is the norm.
 */
public final class SkipNorms {
    private static final String LAYER = "SkipLayerNormalization";
    private static final String SIMPLIFIED = "SkipSimplifiedLayerNormalization";
    /** Position of the sum among the outputs. */
    private static final int SUM = 3;

    private static final Set<String> OPERATORS = Set.of(LAYER, SIMPLIFIED);

    private final UniqueNames unique;
    private final List<NodeProto> nodes = new ArrayList<>();

    private SkipNorms(GraphProto graph) {
        unique = new UniqueNames(graph);
        graph.getNodeList().forEach(this::add);
    }

    /** The model with every such node split; the same where there is none. */
    public static OnnxModel split(OnnxModel model) {
        GraphProto graph = model.proto().getGraph();
        if (graph.getNodeList().stream().noneMatch(SkipNorms::isSkipNorm)) {
            return model;
        }
        GraphProto.Builder split = graph.toBuilder().clearNode().addAllNode(new SkipNorms(graph).nodes);
        return model.rewritten(model.proto().toBuilder().setGraph(split).build());
    }

    private static boolean isSkipNorm(NodeProto node) {
        return OPERATORS.contains(node.getOpType())
                && Node.domain(node.getDomain()).equals(Operators.MICROSOFT);
    }

    private void add(NodeProto node) {
        if (!isSkipNorm(node)) {
            nodes.add(node);
            return;
        }
        // Named by no module: the fused node may carry the norm's path, and the sum belongs to the block before it.
        String named = node.getOutputCount() > SUM ? node.getOutput(SUM) : "";
        String sum = named.isEmpty() ? unique.like("skip_sum_value") : named;
        int bias = node.getOpType().equals(LAYER) ? 4 : 3;
        boolean hasBias = node.getInputCount() > bias && !node.getInput(bias).isEmpty();
        String summands = hasBias ? unique.like("skip_summands_value") : sum;
        nodes.add(binary("Add", "skip_summands", node.getInput(0), node.getInput(1), summands));
        if (hasBias) {
            nodes.add(binary("Add", "skip_sum", summands, node.getInput(bias), sum));
        }
        String zeros = unique.like("skip_zeros_value");
        nodes.add(binary("Sub", "skip_zeros", sum, sum, zeros));
        nodes.add(norm(node, sum, zeros, bias));
    }

    private NodeProto binary(String operator, String name, String left, String right, String output) {
        return NodeProto.newBuilder()
                .setOpType(operator)
                .setName(unique.like(name))
                .addInput(left)
                .addInput(right)
                .addOutput(output)
                .build();
    }

    private static NodeProto norm(NodeProto fused, String sum, String zeros, int bias) {
        NodeProto.Builder norm = fused.toBuilder().clearInput().clearOutput();
        norm.addInput(sum).addInput(zeros);
        for (int i = 2; i < Math.min(bias, fused.getInputCount()); i++) {
            norm.addInput(fused.getInput(i));
        }
        for (int i = 0; i < Math.min(SUM, fused.getOutputCount()); i++) {
            norm.addOutput(fused.getOutput(i));
        }
        return norm.build();
    }
}
