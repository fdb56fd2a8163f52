package dev.reprise.optimizer.paths;

import dev.reprise.graph.Graph;
import dev.reprise.graph.ModulePath;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Restores levels that TorchScript leaves out of a scope: those of modules that were not called, but had another method called. Two
 * such modules of one block would look like one.
 *
 * <pre>
 *   scope  joint_blocks.0.mlp.fc1_1    reads  joint_blocks.0.x_block.mlp.fc1.bias    is  joint_blocks.0.x_block.mlp.fc1
 *   scope  joint_blocks.0.mlp.act_1    lies beside it                                is  joint_blocks.0.x_block.mlp.act_1
 *   scope  attention_1                 lies beside  layers.1.attention.qkv           is  layers.1.attention
 * </pre>
 */
final class ElidedScopes {
    /** What TorchScript appends to the scope of a module of a name that it has met before. */
    private static final Pattern REPEATED = Pattern.compile("_\\d+$");

    private final @Nullable ModulePath[] paths;
    private final @Nullable ModulePath[] restored;
    /** Names in the paths of parameters: those of modules, however they end. */
    private final Set<String> moduleNames = new HashSet<>();

    private ElidedScopes(Graph graph, @Nullable ModulePath[] paths) {
        for (Value value : graph.values().values()) {
            ModulePath module = value.isInitializer() ? ParameterPaths.moduleOf(value.name()) : null;
            if (module != null) {
                moduleNames.addAll(module.names());
            }
        }
        this.paths = paths;
        this.restored = new ModulePath[paths.length];
    }

    /** Completes the paths that TorchScript's names gave. */
    static void restore(Graph graph, @Nullable ModulePath[] paths) {
        ElidedScopes scopes = new ElidedScopes(graph, paths);
        for (Node node : graph.nodes()) {
            ModulePath scope = paths[node.index()];
            ModulePath module = scope == null || scope.isRoot() ? null : ParameterPaths.of(graph, node);
            if (scope != null && module != null) {
                scopes.restore(node, scope, module);
            }
        }
        for (int i = 0; i < paths.length; i++) {
            if (scopes.restored[i] != null) {
                paths[i] = scopes.restored[i];
            }
        }
    }

    private void restore(Node node, ModulePath scope, ModulePath module) {
        List<String> given = scope.names();
        List<String> whole = module.names();
        int before = 0;
        while (before < given.size()
                && before < whole.size()
                && given.get(before).equals(whole.get(before))) {
            before++;
        }
        int missing = whole.size() - given.size();
        // Something stands before the missing levels and something behind them.
        if (missing <= 0 || before == 0 || before >= given.size()) {
            return;
        }
        for (int i = before; i < given.size(); i++) {
            if (!REPEATED.matcher(given.get(i)).replaceAll("").equals(whole.get(i + missing))
                    && !given.get(i).equals(whole.get(i + missing))) {
                return;
            }
        }
        restored[node.index()] = module;
        ModulePath around = ModulePath.of(String.join(".", given.subList(0, before)));
        ModulePath inserted = ModulePath.of(String.join(".", whole.subList(0, before + missing)));
        spread(node, around, given.get(before), inserted);
    }

    /** The nodes beside one of the same child that no parameter tells about: activations and reshapes between its layers. */
    private void spread(Node from, ModulePath around, String child, ModulePath inserted) {
        Set<Node> seen = new HashSet<>(Set.of(from));
        Deque<Node> open = new ArrayDeque<>(seen);
        while (!open.isEmpty()) {
            Node node = open.remove();
            for (Value value : node.writes()) {
                value.consumers().forEach(next -> visit(next, around, child, inserted, seen, open));
            }
            for (Value value : node.reads()) {
                Node before = value.producer();
                if (before != null) {
                    visit(before, around, child, inserted, seen, open);
                }
            }
        }
    }

    private void visit(
            Node node, ModulePath around, String child, ModulePath inserted, Set<Node> seen, Deque<Node> open) {
        ModulePath scope = paths[node.index()];
        if (scope == null || !scope.isBelow(around)) {
            return;
        }
        List<String> inner = scope.relativeTo(around).names();
        boolean repeated = isRepeated(inner.get(0), child);
        if ((repeated || inner.get(0).equals(child)) && seen.add(node)) {
            if (restored[node.index()] == null) {
                ModulePath within = ModulePath.of(String.join(".", inner.subList(1, inner.size())));
                ModulePath module = inserted.child(repeated ? child : inner.get(0));
                restored[node.index()] = within.isRoot() ? module : module.append(within);
            }
            open.add(node);
        }
    }

    /** Whether a name is that of the same child, met again: {@code attention_1} where no module is called so. */
    private boolean isRepeated(String name, String child) {
        return name.startsWith(child + "_")
                && REPEATED.matcher(name).replaceAll("").equals(child)
                && !moduleNames.contains(name);
    }
}
