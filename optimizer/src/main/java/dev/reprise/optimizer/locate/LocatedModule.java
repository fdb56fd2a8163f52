package dev.reprise.optimizer.locate;

import dev.reprise.graph.ModulePath;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.bundle.ModuleKind;
import java.util.List;

/**
 * A module found in the graph.
 *
 * @param path where it lies
 * @param kind what it is
 * @param nodes its nodes, in graph order
 * @param core the nodes that make it what it is; its outputs depend on them
 * @param inputs data that enters it
 * @param outputs values that leave it and depend on its core
 */
public record LocatedModule(
        ModulePath path, ModuleKind kind, List<Node> nodes, List<Node> core, List<Value> inputs, List<Value> outputs) {

    public LocatedModule {
        nodes = List.copyOf(nodes);
        core = List.copyOf(core);
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }

    /** Position of its first core node: modules sort by it into execution order. */
    public int position() {
        return core.stream().mapToInt(Node::index).min().orElse(Integer.MAX_VALUE);
    }
}
