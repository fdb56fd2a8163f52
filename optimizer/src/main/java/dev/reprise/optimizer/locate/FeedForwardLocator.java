package dev.reprise.optimizer.locate;

import dev.reprise.graph.Node;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.optimizer.operators.Operators;
import dev.reprise.optimizer.paths.ModulePaths;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Finds feed-forward modules: named so, or of a class named so, inside a list of blocks, with one layer behind another and no
 * attention inside. Its core is the last projection.
 */
public final class FeedForwardLocator {
    private static final Pattern NAME =
            Pattern.compile("(?i)(.*_)?(ff|ffn|mlp|feed_forward|feedforward|moe)\\d*(_.*)?");
    private static final Pattern CLASS = Pattern.compile("(?i).*(feedforward|mlp|ffn|swiglu|moe|glumbconv).*");

    private final ModulePaths paths;
    private final ModuleBorder border;

    public FeedForwardLocator(ModulePaths paths, ModuleBorder border) {
        this.paths = paths;
        this.border = border;
    }

    static boolean isNamed(String path, ModulePaths paths) {
        String className = paths.className(path);
        return NAME.matcher(ModulePaths.leaf(path)).matches()
                || (className != null
                        && CLASS.matcher(className.substring(className.lastIndexOf('.') + 1))
                                .matches());
    }

    public List<LocatedModule> locate(List<LocatedModule> attention) {
        List<LocatedModule> located = new ArrayList<>();
        for (String path : paths.all()) {
            if (!isNamed(path, paths)
                    || !path.matches(".*\\.\\d+\\..*")
                    || located.stream().anyMatch(found -> ModulePaths.isBelow(path, found.path()))
                    || attention.stream()
                            .anyMatch(module -> ModulePaths.isBelow(module.path(), path)
                                    || ModulePaths.isBelow(path, module.path()))) {
                continue;
            }
            Set<Node> inside = new HashSet<>(paths.nodesIn(path));
            List<Node> layers = inside.stream().filter(Operators::isWeighted).toList();
            List<Node> last = layers.stream()
                    .filter(layer -> isLast(layer, layers, inside))
                    .toList();
            if (last.size() < layers.size()) {
                LocatedModule module = border.draw(path, ModuleKind.FEED_FORWARD, last);
                if (!module.outputs().isEmpty()) {
                    located.add(module);
                }
            }
        }
        return located;
    }

    private boolean isLast(Node layer, List<Node> layers, Set<Node> inside) {
        Set<Node> behind = border.forward(inside, Set.of(layer));
        return layers.stream().noneMatch(other -> other != layer && behind.contains(other));
    }
}
