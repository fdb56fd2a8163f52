package dev.reprise.optimizer.locate;

import dev.reprise.graph.ModulePath;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.bundle.BlockChain;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.graph.bundle.UNet;
import dev.reprise.optimizer.operators.Dependence;
import dev.reprise.optimizer.operators.Operators;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the last layer between the blocks and the output: all that the blocks compute goes through it.
 *
 * <pre>
 *   last block ─▶ norm_final ─▶ linear ─▶ Reshape ─▶ Einsum ─▶ output        final_layer.linear
 * </pre>
 */
final class FinalProjection {
    private FinalProjection() {}

    /** The layer, null where there is neither a chain of blocks nor a UNet, or no layer with a path of its own behind it. */
    static @Nullable LocatedModule find(AnalyzedGraph graph, Location location) {
        Value end = end(graph, location);
        if (end == null || graph.graph().outputs().isEmpty()) {
            return null;
        }
        Node last = lastLayer(graph.dependence(), graph.graph().outputs().get(0), behind(end));
        ModulePath path = last == null ? null : module(graph.paths().of(last));
        if (last == null || path == null || path.isRoot() || path.entry() != null) {
            return null;
        }
        LocatedModule module = graph.boundary().of(path, ModuleKind.FINAL_PROJECTION, List.of(last));
        return module.outputs().isEmpty() ? null : module;
    }

    /** The last hidden states of the chain of blocks, or what enters the last layer of a UNet. */
    private static @Nullable Value end(AnalyzedGraph graph, Location location) {
        BlockChain chain = location.chain();
        UNet unet = location.unet();
        String tensor = chain != null
                ? chain.last().hiddenStates()
                : unet != null ? unet.skips().get(0).entering() : null;
        return tensor == null ? null : graph.graph().value(tensor);
    }

    /** Without the operator that an optimizer fused, and wrote behind the path: {@code proj_out_2.MatMul}. */
    private static @Nullable ModulePath module(@Nullable ModulePath path) {
        return path != null && Operators.isProduct(path.leaf()) ? path.parent() : path;
    }

    private static Set<Node> behind(Value end) {
        Set<Node> behind = new HashSet<>();
        Deque<Value> open = new ArrayDeque<>(List.of(end));
        while (!open.isEmpty()) {
            for (Node consumer : open.remove().consumers()) {
                if (behind.add(consumer)) {
                    open.addAll(consumer.writes());
                }
            }
        }
        return behind;
    }

    /** The last of the layers behind the blocks from which no other layer leads to the output. */
    private static @Nullable Node lastLayer(Dependence dependence, Value output, Set<Node> behind) {
        Node last = null;
        Set<Value> seen = new HashSet<>();
        Deque<Value> open = new ArrayDeque<>(List.of(output));
        while (!open.isEmpty()) {
            Value value = open.remove();
            Node producer = value.producer();
            if (producer == null || !behind.contains(producer) || !dependence.isData(value) || !seen.add(value)) {
                continue;
            }
            if (Operators.isWeighted(producer)) {
                last = last == null || producer.index() > last.index() ? producer : last;
            } else {
                open.addAll(producer.reads());
            }
        }
        return last;
    }
}
