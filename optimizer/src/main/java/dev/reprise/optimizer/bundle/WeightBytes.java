package dev.reprise.optimizer.bundle;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.optimizer.operators.Operators;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/** Sizes of weights, for the manifest. */
final class WeightBytes {
    /** Casts, transpositions and dequantizations to look through. */
    private static final int MOST_STEPS = 6;

    private WeightBytes() {}

    /** Bytes of the weights that some nodes read; one that several of them read counts once. */
    static long readBy(Collection<Node> nodes) {
        Set<Value> stored = new HashSet<>();
        nodes.forEach(node -> collect(node, stored, 0));
        return of(stored);
    }

    /** Bytes of weights and default values. */
    static long of(Collection<Value> stored) {
        return stored.stream().mapToLong(WeightBytes::of).sum();
    }

    private static long of(Value stored) {
        TensorProto tensor = stored.content();
        return tensor == null ? 0 : ElementType.of(tensor.getDataType()).bytes(tensor.getDimsList());
    }

    private static void collect(Node node, Set<Value> stored, int step) {
        for (Value read : node.reads()) {
            if (read.isStored()) {
                stored.add(read);
            } else if (read.producer() != null && step < MOST_STEPS && Operators.isStored(read)) {
                collect(read.producer(), stored, step + 1);
            }
        }
    }
}
