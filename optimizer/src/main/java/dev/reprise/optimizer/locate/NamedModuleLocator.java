package dev.reprise.optimizer.locate;

import dev.reprise.graph.ModulePath;
import dev.reprise.graph.NearestNames;
import dev.reprise.graph.Node;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.optimizer.api.UnsupportedModelException;
import dev.reprise.optimizer.operators.Dependence;
import dev.reprise.optimizer.operators.Operators;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Locates modules by name: the final projection ({@code proj_out}), which forecasts work on, and whatever else the user named. A
 * final projection of another name shows in the graph, see {@link FinalProjection}. The core is the module's layers, or all its nodes when it has none.
 */
final class NamedModuleLocator implements Locator {
    private static final ModulePath FINAL_PROJECTION = ModulePath.of("proj_out");
    /** Paths to show for an identifier that matches nothing. */
    private static final int SHOWN = 4;

    @Override
    public Location locate(AnalyzedGraph graph, Location soFar) {
        Set<ModulePath> taken = new HashSet<>();
        soFar.modules().forEach(module -> taken.add(module.path()));
        List<LocatedModule> located = new ArrayList<>();
        List<ModulePath> all = graph.paths().all();
        if (all.contains(FINAL_PROJECTION) && taken.add(FINAL_PROJECTION)) {
            located.add(module(graph, FINAL_PROJECTION, ModuleKind.FINAL_PROJECTION));
        } else if (!all.contains(FINAL_PROJECTION)) {
            LocatedModule last = FinalProjection.find(graph, soFar);
            if (last != null && taken.add(last.path())) {
                located.add(last);
            }
        }
        for (String expression : graph.options().modules()) {
            for (ModulePath path : matching(expression, all)) {
                if (taken.add(path)) {
                    located.add(module(graph, path, ModuleKind.OTHER));
                }
            }
        }
        return soFar.withModules(
                located.stream().filter(module -> !module.outputs().isEmpty()).toList());
    }

    private static List<ModulePath> matching(String expression, List<ModulePath> all) {
        Pattern pattern = Pattern.compile(expression);
        List<ModulePath> matching = all.stream()
                .filter(path -> pattern.matcher(path.dotted()).matches())
                .toList();
        if (matching.isEmpty()) {
            throw new UnsupportedModelException(
                    "module identifier '" + expression + "' matches no module path; " + nearest(expression, all));
        }
        return matching;
    }

    /** What the user may have meant by an identifier that matches nothing. */
    private static String nearest(String expression, List<ModulePath> paths) {
        List<String> names = paths.stream().map(ModulePath::dotted).toList();
        return names.isEmpty()
                ? "the model carries no module paths"
                : "the nearest are "
                        + String.join(", ", NearestNames.of(expression.replaceAll("[^\\w.]+", ""), names, SHOWN));
    }

    private static LocatedModule module(AnalyzedGraph graph, ModulePath path, ModuleKind kind) {
        Dependence dependence = graph.dependence();
        List<Node> data =
                graph.paths().nodesIn(path).stream().filter(dependence::isData).toList();
        List<Node> layers = data.stream().filter(Operators::isWeighted).toList();
        return graph.boundary().of(path, kind, layers.isEmpty() ? data : layers);
    }
}
