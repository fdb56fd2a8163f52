package dev.reprise.optimizer.paths;

import dev.reprise.graph.Graph;
import dev.reprise.graph.ModulePath;
import dev.reprise.graph.Node;
import dev.reprise.optimizer.operators.Operators;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the module that an export script wrapped the whole model in.
 *
 * <pre>
 *   model.inner.blocks.0.to_q
 *   model.inner.proj_out          wrapper  model.inner
 * </pre>
 */
final class WrapperPath {
    private WrapperPath() {}

    /** The longest path that all nodes with weights share; a list of blocks or one of its entries is no wrapper. */
    static ModulePath find(Graph graph, @Nullable ModulePath[] paths) {
        Set<ModulePath> weighted = new LinkedHashSet<>();
        for (Node node : graph.nodes()) {
            ModulePath path = paths[node.index()];
            if (path != null && !path.isRoot() && Operators.isWeighted(node)) {
                weighted.add(path);
            }
        }
        ModulePath shared = ModulePath.common(weighted);
        if (shared == null) {
            return ModulePath.ROOT;
        }
        while (!shared.isRoot() && (holdsOnlyEntries(shared, paths) || hasIndex(shared))) {
            shared = shared.parent();
        }
        return shared;
    }

    private static boolean hasIndex(ModulePath path) {
        for (ModulePath at = path; !at.isRoot(); at = at.parent()) {
            if (at.isIndex()) {
                return true;
            }
        }
        return false;
    }

    /** Whether everything below a module starts with an index. */
    private static boolean holdsOnlyEntries(ModulePath module, @Nullable ModulePath[] paths) {
        for (ModulePath path : paths) {
            if (path != null
                    && path.isBelow(module)
                    && !Character.isDigit(path.relativeTo(module).dotted().charAt(0))) {
                return false;
            }
        }
        return true;
    }
}
