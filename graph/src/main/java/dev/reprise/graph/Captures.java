package dev.reprise.graph;

import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.NodeProto;
import java.util.HashSet;
import java.util.Set;

/** What the bodies of an If, Loop or Scan read from the graph around them, without being told by an input. */
public final class Captures {
    private Captures() {}

    /** Names that the bodies of a node's graph attributes read and do not define themselves. */
    public static Set<String> of(NodeProto node) {
        Set<String> captured = new HashSet<>();
        Bodies.of(node).forEach(body -> captureBody(body, captured));
        return captured;
    }

    private static void captureBody(GraphProto body, Set<String> captured) {
        Set<String> defined = new HashSet<>();
        body.getInputList().forEach(input -> defined.add(input.getName()));
        body.getInitializerList().forEach(tensor -> defined.add(tensor.getName()));
        body.getSparseInitializerList()
                .forEach(sparse -> defined.add(sparse.getValues().getName()));
        Set<String> reads = new HashSet<>();
        for (NodeProto node : body.getNodeList()) {
            reads.addAll(node.getInputList());
            reads.addAll(of(node));
            defined.addAll(node.getOutputList());
        }
        body.getOutputList().forEach(output -> reads.add(output.getName()));
        reads.removeAll(defined);
        reads.remove("");
        captured.addAll(reads);
    }
}
