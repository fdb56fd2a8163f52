package dev.reprise.cache.span;

import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.parameter.Identifiers;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.Span;
import dev.reprise.cache.reuse.AttentionSchedule;
import dev.reprise.cache.reuse.ModelOutputs;
import dev.reprise.cache.reuse.ModuleGroup;
import dev.reprise.cache.reuse.SkippedModule;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Module;
import dev.reprise.graph.flow.SegmentFlow;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Single modules: the outputs of attention, feed-forward or whatever the identifiers name are kept, forecast and returned. All of them are
 * computed or skipped together; what is around them runs.
 */
public final class Modules implements Span {
    public static final Parameter<Identifiers> IDENTIFIERS = Parameter.optional(
            "identifiers",
            Identifiers.TYPE,
            "",
            "Regular expressions for whole module paths; unset: every attention module. ^proj_out$ is TaylorSeer's lite mode");

    public static final PartType<Span> TYPE = new PartType<>(
            "modules",
            "The outputs of attention modules, or of others by name",
            "https://arxiv.org/abs/2503.06923",
            List.of(IDENTIFIERS),
            values -> new Modules(values.find(IDENTIFIERS).orElse(Identifiers.of())));

    private final Identifiers identifiers;

    private Modules(Identifiers identifiers) {
        this.identifiers = identifiers;
    }

    @Override
    public Bound bind(String policy, Manifest model, int copies) {
        List<Module> modules = model.modules().stream()
                .filter(module -> !module.outputs().isEmpty())
                .toList();
        List<Module> wanted = modules.stream()
                .filter(module ->
                        identifiers.isEmpty() ? module.kind().isAttention() : identifiers.matches(module.path()))
                .toList();
        if (wanted.isEmpty()) {
            throw AttentionSchedule.noMatch(policy, "module path as a whole", identifiers.expressions(), modules);
        }
        Set<String> outputs = new LinkedHashSet<>();
        wanted.forEach(module -> outputs.addAll(module.outputs()));
        Set<String> needed = new SegmentFlow(model)
                .needed(ModelOutputs.names(model), outputs)
                .provided();
        List<SkippedModule> skipped = SkippedModule.of(wanted, needed);
        return new Bound(
                skipped.stream().map(SkippedModule::path).toList(),
                needed,
                Set.of(),
                BoundPolicy.copies(copies, needed),
                forecast -> new ModuleGroup(skipped, forecast));
    }
}
