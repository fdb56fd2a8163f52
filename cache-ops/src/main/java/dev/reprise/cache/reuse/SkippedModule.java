package dev.reprise.cache.reuse;

import dev.reprise.graph.bundle.Module;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A module that does not run at some steps.
 *
 * @param path module path
 * @param outputs those of its outputs that anybody asks for meanwhile
 */
public record SkippedModule(String path, List<String> outputs) {
    /**
     * These modules, with those of their outputs that are needed. An output of several modules goes with the first: a module that the
     * user named may hold a projection of attention that its block computes.
     */
    public static List<SkippedModule> of(List<Module> modules, Set<String> needed) {
        List<SkippedModule> skipped = new ArrayList<>();
        Set<String> taken = new HashSet<>();
        for (Module module : modules) {
            skipped.add(new SkippedModule(
                    module.path(),
                    module.outputs().stream()
                            .filter(needed::contains)
                            .filter(taken::add)
                            .toList()));
        }
        return List.copyOf(skipped);
    }
}
