package dev.reprise.cache.reuse;

import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.parameter.TimestepRange;
import dev.reprise.graph.NearestNames;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Module;
import java.util.List;

/**
 * An attention module and when it may be skipped.
 *
 * @param path module path
 * @param outputs its outputs
 * @param skipRange compute every so many steps
 * @param timesteps skip only at these timesteps
 */
public record AttentionSchedule(String path, List<String> outputs, int skipRange, TimestepRange timesteps) {

    AttentionSchedule(Module module, int skipRange, TimestepRange timesteps) {
        this(module.path(), module.outputs(), skipRange, timesteps);
    }

    /** All located attention modules. */
    public static List<Module> attentions(Manifest model) {
        return model.modules().stream()
                .filter(module ->
                        module.kind().isAttention() && !module.outputs().isEmpty())
                .toList();
    }

    /** The outputs of several modules. */
    public static List<String> outputs(List<AttentionSchedule> schedules) {
        return schedules.stream()
                .flatMap(schedule -> schedule.outputs().stream())
                .toList();
    }

    /** The error for identifiers that match no module. */
    public static UnsupportedPolicyException noMatch(
            String policy, String what, List<String> expressions, List<Module> candidates) {
        List<String> paths = candidates.stream().map(Module::path).toList();
        String found = paths.isEmpty()
                ? "none was located in this model"
                : "nearest module paths: "
                        + String.join(", ", NearestNames.of(expressions.isEmpty() ? "" : expressions.get(0), paths, 3));
        return new UnsupportedPolicyException(policy + ": no " + what + " matches " + expressions + "; " + found);
    }
}
