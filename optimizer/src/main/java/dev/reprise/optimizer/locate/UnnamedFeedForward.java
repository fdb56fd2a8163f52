package dev.reprise.optimizer.locate;

import dev.reprise.graph.ModulePath;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.optimizer.operators.Operators;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/**
 * Whether a module is a feed-forward module by what it does: what it makes of the hidden states is added to them again, perhaps
 * behind a gate or a norm.
 *
 * <pre>
 *   x ─▶ norm ─▶ layer ─ GELU ─ layer ─▶ (Mul gate) ─▶ Add ─▶        channel_mixer, DenseReluDense
 *     └──────────────────────────────────────────────▶ ┘
 * </pre>
 *
 * A module that holds the sum is more than that. One that reads no latents, such as an embedder of the timestep, is none.
 */
final class UnnamedFeedForward {
    /** Values to look at between the module and the sum. */
    private static final int MOST_VALUES = 64;

    private final AnalyzedGraph graph;

    UnnamedFeedForward(AnalyzedGraph graph) {
        this.graph = graph;
    }

    /** Whether it may be one: inside of a list entry that has attention. */
    static boolean mayLieAt(ModulePath path, Set<ModulePath> entriesWithAttention) {
        ModulePath entry = path.entry();
        return entry != null && path.isBelow(entry) && !path.isIndex() && entriesWithAttention.contains(entry);
    }

    boolean matches(LocatedModule module) {
        if (module.outputs().size() != 1) {
            return false;
        }
        Value output = module.outputs().get(0);
        ResidualStream stream = ResidualStream.into(graph.dependence(), module.nodes(), false);
        return stream.sources(output).isEmpty() && readsLatents(module) && isAddedToHiddenStates(output, module);
    }

    private boolean readsLatents(LocatedModule module) {
        Value latents = graph.latents();
        return latents == null
                || module.inputs().stream().anyMatch(input -> graph.dependence().dependsOn(input, latents));
    }

    private boolean isAddedToHiddenStates(Value output, LocatedModule module) {
        Set<Value> seen = new HashSet<>(Set.of(output));
        Deque<Value> open = new ArrayDeque<>(seen);
        while (!open.isEmpty() && seen.size() < MOST_VALUES) {
            Value value = open.remove();
            for (Node consumer : value.consumers()) {
                if (consumer.is("Add") && isSumOfData(consumer)) {
                    if (leadsToInput(consumer, value, module)) {
                        return true;
                    }
                } else if (Operators.isLayout(consumer)
                        || Operators.isNorm(consumer)
                        || consumer.is("Mul")
                        || consumer.is("Add")) {
                    consumer.writes().stream().filter(seen::add).forEach(open::add);
                }
            }
        }
        return false;
    }

    private boolean isSumOfData(Node sum) {
        return sum.reads().size() == 2
                && sum.reads().stream().allMatch(read -> graph.dependence().isData(read));
    }

    /** Whether the module's input is made of the other summand. */
    private boolean leadsToInput(Node sum, Value summand, LocatedModule module) {
        Value stream = sum.input(0) == summand ? sum.input(1) : sum.input(0);
        if (stream == null) {
            return false;
        }
        Set<Value> entering = new HashSet<>(module.inputs());
        Set<Value> seen = new HashSet<>(Set.of(stream));
        Deque<Value> open = new ArrayDeque<>(seen);
        while (!open.isEmpty() && seen.size() < MOST_VALUES) {
            Value value = open.remove();
            if (entering.contains(value)) {
                return true;
            }
            for (Node consumer : value.consumers()) {
                if (consumer != sum && !Operators.isProduct(consumer)) {
                    consumer.writes().stream().filter(seen::add).forEach(open::add);
                }
            }
        }
        return false;
    }
}
