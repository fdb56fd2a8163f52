package dev.reprise.graph;

import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.NodeProto;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The bodies of an If, Loop or Scan: graphs that are attributes of a node. */
public final class Bodies {
    private Bodies() {}

    /** Those of a node. */
    public static List<GraphProto> of(NodeProto node) {
        List<GraphProto> bodies = new ArrayList<>();
        for (AttributeProto attribute : node.getAttributeList()) {
            if (attribute.hasG()) {
                bodies.add(attribute.getG());
            }
            bodies.addAll(attribute.getGraphsList());
        }
        return bodies;
    }

    /** Those of all nodes of a graph, and of the nodes in them. */
    public static List<GraphProto> within(GraphProto graph) {
        List<GraphProto> bodies = new ArrayList<>();
        Deque<GraphProto> open = new ArrayDeque<>(List.of(graph));
        while (!open.isEmpty()) {
            for (NodeProto node : open.pop().getNodeList()) {
                List<GraphProto> found = of(node);
                bodies.addAll(found);
                open.addAll(found);
            }
        }
        return bodies;
    }
}
