package dev.reprise.optimizer.locate;

import dev.reprise.graph.ModulePath;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.optimizer.operators.Dependence;
import dev.reprise.optimizer.paths.ModulePaths;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Where a module begins and ends. Its outputs are the values that leave its scope <em>and</em> depend on its core; other values
 * that leave the scope are subexpressions that the exporter shares between modules.
 */
final class ModuleBoundary {
    private final ModulePaths paths;
    private final Dependence dependence;

    ModuleBoundary(ModulePaths paths, Dependence dependence) {
        this.paths = paths;
        this.dependence = dependence;
    }

    /** The module at a path, with what enters it and what leaves it. */
    LocatedModule of(ModulePath path, ModuleKind kind, Collection<Node> core) {
        List<Node> nodes = paths.nodesIn(path);
        Set<Node> inside = new HashSet<>(nodes);
        List<Value> outputs = new ArrayList<>();
        for (Node node : forward(inside, core)) {
            for (Value output : node.writes()) {
                if (leaves(output, inside)) {
                    outputs.add(output);
                }
            }
        }
        outputs.sort((a, b) -> Integer.compare(position(a), position(b)));
        return new LocatedModule(path, kind, nodes, List.copyOf(core), inputs(nodes, inside), outputs);
    }

    /** Whether a value carries data rather than a constant or a shape. */
    boolean isData(Value value) {
        return dependence.isData(value);
    }

    /** Whether a node outside reads the data of a value, not only its shape. */
    private boolean leaves(Value value, Set<Node> inside) {
        return value.isOutput()
                || value.consumers().stream()
                        .anyMatch(consumer -> !inside.contains(consumer) && !dependence.isShapeArithmetic(consumer));
    }

    private List<Value> inputs(List<Node> nodes, Set<Node> inside) {
        Set<Value> inputs = new LinkedHashSet<>();
        for (Node node : nodes) {
            if (!dependence.isData(node)) {
                continue;
            }
            for (Value read : node.reads()) {
                if (dependence.isData(read) && !inside.contains(read.producer())) {
                    inputs.add(read);
                }
            }
        }
        return List.copyOf(inputs);
    }

    /** The nodes of a set that depend on the data of some of them. */
    Set<Node> forward(Set<Node> inside, Collection<Node> from) {
        return ForwardWalk.from(from, node -> inside.contains(node) && !dependence.isShapeArithmetic(node));
    }

    /** The nodes of a set that others need for their data, these others included. */
    Set<Node> backward(Set<Node> inside, Collection<Node> from) {
        Set<Node> reached = new LinkedHashSet<>(from);
        Deque<Node> open = new ArrayDeque<>(from);
        while (!open.isEmpty()) {
            for (Value read : open.poll().reads()) {
                Node producer = read.producer();
                if (producer != null && inside.contains(producer) && dependence.isData(read) && reached.add(producer)) {
                    open.add(producer);
                }
            }
        }
        return reached;
    }

    private static int position(Value value) {
        return value.producer() == null ? -1 : value.producer().index();
    }
}
