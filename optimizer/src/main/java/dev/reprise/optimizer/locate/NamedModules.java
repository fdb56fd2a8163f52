package dev.reprise.optimizer.locate;

import dev.reprise.graph.NearestNames;
import dev.reprise.graph.Node;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.optimizer.api.UnsupportedModelException;
import dev.reprise.optimizer.operators.Dependence;
import dev.reprise.optimizer.operators.Operators;
import dev.reprise.optimizer.paths.ModulePaths;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Locates modules by name alone: the final projection ({@code proj_out}), which forecasts work on, and whatever else the user
 * named. The core is the module's layers, or all its nodes when it has none.
 */
public final class NamedModules {
    private static final Pattern FINAL_PROJECTION = Pattern.compile("proj_out");

    private final ModulePaths paths;
    private final ModuleBorder border;
    private final Dependence dependence;

    public NamedModules(ModulePaths paths, ModuleBorder border, Dependence dependence) {
        this.paths = paths;
        this.border = border;
        this.dependence = dependence;
    }

    public List<LocatedModule> locate(List<LocatedModule> known, List<String> userPatterns) {
        Set<String> taken = new HashSet<>();
        known.forEach(module -> taken.add(module.path()));
        List<LocatedModule> located = new ArrayList<>();
        List<String> all = paths.all();
        for (String path : all) {
            if (FINAL_PROJECTION.matcher(path).matches() && taken.add(path)) {
                add(located, draw(path, ModuleKind.FINAL_PROJECTION));
            }
        }
        for (String expression : userPatterns) {
            Pattern pattern = Pattern.compile(expression);
            List<String> matching =
                    all.stream().filter(path -> pattern.matcher(path).matches()).toList();
            if (matching.isEmpty()) {
                throw new UnsupportedModelException(
                        "module identifier '" + expression + "' matches no module path; " + nearest(expression, all));
            }
            for (String path : matching) {
                if (taken.add(path)) {
                    add(located, draw(path, ModuleKind.OTHER));
                }
            }
        }
        return located;
    }

    private static void add(List<LocatedModule> located, @Nullable LocatedModule module) {
        if (module != null) {
            located.add(module);
        }
    }

    private @Nullable LocatedModule draw(String path, ModuleKind kind) {
        List<Node> data = paths.nodesIn(path).stream()
                .filter(node -> !dependence.isConstant(node) && !dependence.isShapeArithmetic(node))
                .toList();
        List<Node> layers = data.stream().filter(Operators::isWeighted).toList();
        LocatedModule module = border.draw(path, kind, layers.isEmpty() ? data : layers);
        return module.outputs().isEmpty() ? null : module;
    }

    /** What the user may have meant by an identifier that matches nothing. */
    private static String nearest(String expression, List<String> paths) {
        return paths.isEmpty()
                ? "the model carries no module paths"
                : "the nearest are "
                        + String.join(", ", NearestNames.of(expression.replaceAll("[^\\w.]+", ""), paths, 4));
    }
}
