package dev.reprise.cache.reuse;

import dev.reprise.graph.bundle.Module;
import java.util.List;
import java.util.Set;

/**
 * A module that does not run at some steps.
 *
 * @param path module path
 * @param outputs those of its outputs that anybody asks for meanwhile
 */
public record SkippedModule(String path, List<String> outputs) {
    /** These modules, with those of their outputs that are needed. */
    public static List<SkippedModule> of(List<Module> modules, Set<String> needed) {
        return modules.stream()
                .map(module -> new SkippedModule(
                        module.path(),
                        module.outputs().stream().filter(needed::contains).toList()))
                .toList();
    }
}
