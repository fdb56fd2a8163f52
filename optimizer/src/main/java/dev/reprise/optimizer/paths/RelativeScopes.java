package dev.reprise.optimizer.paths;

import dev.reprise.graph.Graph;
import dev.reprise.graph.ModulePath;
import dev.reprise.graph.Node;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Restores what dynamo leaves out in front of a scope: where a module is reached through another one than the one that holds it, the
 * scope begins at the one that it was reached through. The parameters have whole paths.
 *
 * <pre>
 *   scope  layers.0.mlp.fc1    reads  transformer.layers.0.mlp.fc1.bias    is  transformer.layers.0.mlp.fc1
 *   scope  layers.0.mlp.act    begins with the same name                   is  transformer.layers.0.mlp.act
 * </pre>
 */
final class RelativeScopes {
    private final Map<String, ModulePath> prefixes = new HashMap<>();

    /** What the parameters tell of the paths that scopes gave. */
    RelativeScopes(Graph graph, @Nullable ModulePath[] paths) {
        Set<String> ambiguous = new HashSet<>();
        for (Node node : graph.nodes()) {
            ModulePath scope = paths[node.index()];
            ModulePath module = scope == null || scope.isRoot() ? null : ParameterPaths.of(graph, node);
            if (scope == null || module == null) {
                continue;
            }
            String first = scope.names().get(0);
            if (module.equals(scope)) {
                ambiguous.add(first);
            } else if (module.dotted().endsWith("." + scope)) {
                int length = module.dotted().length() - scope.dotted().length() - 1;
                ModulePath prefix = ModulePath.of(module.dotted().substring(0, length));
                ModulePath other = prefixes.putIfAbsent(first, prefix);
                if (other != null && !other.equals(prefix)) {
                    ambiguous.add(first);
                }
            }
        }
        prefixes.keySet().removeAll(ambiguous);
    }

    /** The whole path of a scope. */
    ModulePath restored(ModulePath scope) {
        ModulePath prefix = scope.isRoot() ? null : prefixes.get(scope.names().get(0));
        return prefix == null ? scope : prefix.append(scope);
    }
}
