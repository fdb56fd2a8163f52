package dev.reprise.cache.reuse;

import dev.reprise.cache.parameter.Identifiers;
import dev.reprise.cache.parameter.TimestepRange;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Module;
import dev.reprise.graph.bundle.ModuleKind;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Attention modules of one kind, spatial, temporal or cross, and when they may be skipped.
 *
 * @param cross whether it takes cross-attention only, or any other attention
 * @param skipRange compute every so many steps
 * @param timesteps skip only at these timesteps
 * @param identifiers found somewhere in the module path
 */
public record AttentionFamily(boolean cross, int skipRange, TimestepRange timesteps, Identifiers identifiers) {
    private static final Logger LOG = LoggerFactory.getLogger(AttentionFamily.class);

    private boolean takes(Module module) {
        return cross == (module.kind() == ModuleKind.CROSS_ATTENTION) && identifiers.search(module.path());
    }

    /** The located attention modules that pass a test and belong to a family; the first family that takes a module has it. */
    public static List<AttentionSchedule> schedules(
            Manifest model, List<AttentionFamily> families, Predicate<Module> test) {
        List<AttentionSchedule> schedules = new ArrayList<>();
        for (Module module : AttentionSchedule.attentions(model)) {
            if (test.test(module)) {
                families.stream()
                        .filter(family -> family.takes(module))
                        .findFirst()
                        .ifPresent(family ->
                                schedules.add(new AttentionSchedule(module, family.skipRange, family.timesteps)));
            }
        }
        return List.copyOf(schedules);
    }

    /** The located attention modules of any path, said in the log: for identifiers that are defaults and match nothing. */
    public static List<AttentionSchedule> schedulesOfAnyPath(
            String policy, Manifest model, List<AttentionFamily> families) {
        List<AttentionFamily> any = families.stream()
                .map(family ->
                        new AttentionFamily(family.cross, family.skipRange, family.timesteps, Identifiers.of("")))
                .toList();
        List<AttentionSchedule> schedules = schedules(model, any, module -> true);
        if (!schedules.isEmpty()) {
            LOG.warn(
                    "{}: its identifiers match no attention module; taking the {} that were located: {} …",
                    policy,
                    schedules.size(),
                    schedules.get(0).path());
        }
        return schedules;
    }
}
