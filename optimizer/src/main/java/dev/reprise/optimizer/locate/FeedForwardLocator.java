package dev.reprise.optimizer.locate;

import dev.reprise.graph.ModulePath;
import dev.reprise.graph.Node;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.optimizer.operators.Operators;
import dev.reprise.optimizer.paths.ModulePaths;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Finds feed-forward modules: named so, or of a class named so, inside a list of blocks or beside attention, with one layer behind
 * another and no attention inside. Its core is the last projection. In blocks with attention where none has such a name, it shows in
 * what they do, see {@link UnnamedFeedForward}.
 *
 * <pre>
 *   net.0.proj ─▶ GELU ─▶ net.2 ─▶ output
 * </pre>
 */
final class FeedForwardLocator implements Locator {
    private static final Pattern NAME =
            Pattern.compile("(?i)(.*_)?(ff|ffn|mlp|feed_forward|feedforward|moe)\\d*(_.*)?");
    private static final Pattern CLASS =
            Pattern.compile("(?i)(.*\\.)?[^.]*(feedforward|mlp|ffn|swiglu|moe|glumbconv)[^.]*");

    static boolean isNamed(ModulePath path, ModulePaths paths) {
        String className = paths.className(path);
        return NAME.matcher(path.leaf()).matches()
                || (className != null && CLASS.matcher(className).matches());
    }

    @Override
    public Location locate(AnalyzedGraph graph, Location soFar) {
        PathSet taken = new PathSet();
        Set<ModulePath> around = new HashSet<>();
        Set<ModulePath> entries = new HashSet<>();
        for (LocatedModule attention : soFar.attention()) {
            taken.add(attention.path());
            around.add(attention.path().parent());
            ModulePath entry = attention.path().entry();
            if (entry != null) {
                entries.add(entry);
            }
        }
        List<LocatedModule> located = new ArrayList<>();
        add(graph, taken, located, path -> isNamed(path, graph.paths()) && lies(path, around), module -> true);
        located.forEach(module -> entries.remove(module.path().entry()));
        UnnamedFeedForward unnamed = new UnnamedFeedForward(graph);
        add(graph, taken, located, path -> UnnamedFeedForward.mayLieAt(path, entries), unnamed::matches);
        return soFar.withModules(located);
    }

    /** Adds the modules that pass, none inside of another. */
    private static void add(
            AnalyzedGraph graph,
            PathSet taken,
            List<LocatedModule> located,
            Predicate<ModulePath> pathTest,
            Predicate<LocatedModule> moduleTest) {
        // Sorted, so the outer one of two that lie in one another comes first.
        for (ModulePath path : graph.paths().all()) {
            if (pathTest.test(path) && !taken.overlaps(path)) {
                LocatedModule module = module(path, graph.paths(), graph.boundary());
                if (!module.outputs().isEmpty() && moduleTest.test(module)) {
                    located.add(module);
                    taken.add(path);
                }
            }
        }
    }

    /** Inside a list entry, or beside attention. */
    private static boolean lies(ModulePath path, Set<ModulePath> around) {
        return path.isInsideEntry() || (!path.isTopLevel() && around.contains(path.parent()));
    }

    /** The module with its last layers as the core; without outputs where no layer lies behind another. */
    private static LocatedModule module(ModulePath path, ModulePaths paths, ModuleBoundary boundary) {
        List<Node> nodes = paths.nodesIn(path);
        Set<Node> inside = new HashSet<>(nodes);
        List<Node> layers = nodes.stream().filter(Operators::isWeighted).toList();
        List<Node> last = layers.stream()
                .filter(layer -> isLast(layer, layers, inside, boundary))
                .toList();
        return boundary.of(path, ModuleKind.FEED_FORWARD, last.size() < layers.size() ? last : List.of());
    }

    private static boolean isLast(Node layer, List<Node> layers, Set<Node> inside, ModuleBoundary boundary) {
        Set<Node> behind = boundary.forward(inside, Set.of(layer));
        return layers.stream().noneMatch(other -> other != layer && behind.contains(other));
    }
}
