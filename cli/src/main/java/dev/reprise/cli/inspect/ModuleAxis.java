package dev.reprise.cli.inspect;

import dev.reprise.graph.ModulePath;
import dev.reprise.graph.bundle.Module;
import dev.reprise.optimizer.api.CutOptions;
import java.util.List;

/** Whether a module's blocks work along space or along time, where the name of their list says so. */
final class ModuleAxis {
    private ModuleAxis() {}

    /** {@code temporal}, {@code spatial}, or "" where the name says nothing. */
    static String of(Module module) {
        List<String> path = ModulePath.of(module.path()).names();
        if (path.stream().anyMatch(name -> name.contains("temporal"))) {
            return "temporal";
        }
        return path.stream().anyMatch(CutOptions.REFERENCE_BLOCK_LISTS::contains) ? "spatial" : "";
    }
}
