package dev.reprise.graph;

import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.NodeProto;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The order in which the nodes of a graph can run. */
final class NodeOrder {
    private NodeOrder() {}

    /** Nodes in a stable topological order: as stored where that is one already, as it must be in a valid model. */
    static List<NodeProto> sorted(GraphProto proto) {
        List<NodeProto> stored = proto.getNodeList();
        Map<String, Integer> producers = new HashMap<>();
        for (int i = 0; i < stored.size(); i++) {
            for (String output : stored.get(i).getOutputList()) {
                if (!output.isEmpty()) {
                    producers.put(output, i);
                }
            }
        }
        List<List<Integer>> readers = new ArrayList<>();
        int[] missing = new int[stored.size()];
        stored.forEach(node -> readers.add(new ArrayList<>()));
        for (int i = 0; i < stored.size(); i++) {
            Set<String> reads = Captures.of(stored.get(i));
            reads.addAll(stored.get(i).getInputList());
            for (String name : reads) {
                Integer producer = producers.get(name);
                if (producer != null) {
                    readers.get(producer).add(i);
                    missing[i]++;
                }
            }
        }
        Deque<Integer> ready = new ArrayDeque<>();
        List<NodeProto> order = new ArrayList<>(stored.size());
        boolean[] placed = new boolean[stored.size()];
        for (int i = 0; i < stored.size(); i++) {
            ready.add(i);
            while (!ready.isEmpty()) {
                int next = ready.poll();
                if (missing[next] == 0 && !placed[next]) {
                    placed[next] = true;
                    order.add(stored.get(next));
                    for (int reader : readers.get(next)) {
                        missing[reader]--;
                        if (reader < i) {
                            ready.add(reader);
                        }
                    }
                }
            }
        }
        if (order.size() < stored.size()) {
            for (int i = 0; i < placed.length; i++) {
                if (!placed[i]) {
                    throw new InvalidModelException("nodes form a cycle through "
                            + stored.get(i).getOpType() + " '" + stored.get(i).getName() + "'");
                }
            }
        }
        return order;
    }
}
