package dev.reprise.ort.capi;

import dev.reprise.graph.Bodies;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.NodeProto;
import java.util.HashSet;
import java.util.Set;

/**
 * Who reads the weights of a graph, and so which of them may be handed to a session as initializers of its options.
 *
 * <p>ONNX Runtime takes these by name, after it has optimized the graph. Its transpose optimizer turns or reshapes a constant beside a
 * transpose that it moves, in place, under the same name: the session would compute with the layout from before, wrong values
 * without an error where the shapes happen to agree.
 */
public final class WeightReaders {
    /** Operators that no transpose is moved through: ONNX Runtime leaves what they read as it is. */
    public static final Set<String> LEAVING_WEIGHTS_ALONE = Set.of(
            "MatMul",
            "Gemm",
            "Conv",
            "Gather",
            "MatMulInteger",
            "com.microsoft.Attention",
            "com.microsoft.DynamicQuantizeMatMul",
            "com.microsoft.FusedConv",
            "com.microsoft.FusedGemm",
            "com.microsoft.FusedMatMul",
            "com.microsoft.MatMulIntegerToFloat",
            "com.microsoft.MatMulNBits");

    private WeightReaders() {}

    /**
     * Names of what these operators read, and no other, no body and nobody outside.
     *
     * @param operators their types, behind the domain and a point outside ONNX's own
     */
    public static Set<String> readAlone(GraphProto graph, Set<String> operators) {
        Set<String> read = new HashSet<>();
        Set<String> others = new HashSet<>();
        for (NodeProto node : graph.getNodeList()) {
            (operators.contains(type(node)) ? read : others).addAll(node.getInputList());
        }
        for (GraphProto body : Bodies.within(graph)) {
            body.getNodeList().forEach(node -> others.addAll(node.getInputList()));
        }
        graph.getOutputList().forEach(output -> others.add(output.getName()));
        read.removeAll(others);
        return read;
    }

    private static String type(NodeProto node) {
        return node.getDomain().isEmpty() ? node.getOpType() : node.getDomain() + "." + node.getOpType();
    }
}
