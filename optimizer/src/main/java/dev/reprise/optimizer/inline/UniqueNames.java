package dev.reprise.optimizer.inline;

import dev.reprise.graph.Bodies;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.NodeProto;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Names of values and nodes that nothing in a graph or in the bodies of its nodes has yet. */
public final class UniqueNames {
    /** What a name may grow to where calls nest; a longer one says nothing to anybody. */
    private static final int MAX_LENGTH = 512;

    private final Set<String> taken = new HashSet<>();
    private final Map<String, Integer> copies = new HashMap<>();

    public UniqueNames(GraphProto graph) {
        reserve(graph);
    }

    boolean isTaken(String name) {
        return taken.contains(name);
    }

    /** The wanted name, with a number behind it where it is taken. */
    public String like(String wanted) {
        String base = wanted.length() > MAX_LENGTH ? "inlined" : wanted;
        String name = base;
        while (!taken.add(name)) {
            name = base + "__" + copies.merge(base, 1, Integer::sum);
        }
        return name;
    }

    private void reserve(GraphProto graph) {
        graph.getInputList().forEach(input -> taken.add(input.getName()));
        graph.getInitializerList().forEach(tensor -> taken.add(tensor.getName()));
        graph.getSparseInitializerList()
                .forEach(tensor -> taken.add(tensor.getValues().getName()));
        for (NodeProto node : graph.getNodeList()) {
            taken.add(node.getName());
            taken.addAll(node.getInputList());
            taken.addAll(node.getOutputList());
            Bodies.of(node).forEach(this::reserve);
        }
    }
}
