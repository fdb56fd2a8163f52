package dev.reprise.optimizer.locate;

import dev.reprise.graph.Graph;
import dev.reprise.graph.Value;
import dev.reprise.graph.bundle.InputRoles;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.optimizer.operators.Dependence;
import dev.reprise.optimizer.paths.ModulePaths;
import dev.reprise.optimizer.shapes.ShapePropagation;
import org.jspecify.annotations.Nullable;

/**
 * A graph with what is known of it before modules are located.
 *
 * @param graph the main graph, functions inlined
 * @param paths the module path of every node
 * @param dependence the model inputs that every node depends on
 * @param shapes typical shapes
 * @param roles which inputs are the latents and the timestep
 * @param options what the user named
 */
public record AnalyzedGraph(
        Graph graph,
        ModulePaths paths,
        Dependence dependence,
        ShapePropagation shapes,
        InputRoles roles,
        CutOptions options) {

    /** The input that changes with every step, null where it could not be told. */
    public @Nullable Value latents() {
        return roles.latents() == null ? null : graph.value(roles.latents());
    }

    ModuleBoundary boundary() {
        return new ModuleBoundary(paths, dependence);
    }
}
