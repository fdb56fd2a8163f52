package dev.reprise.cache.policy;

import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.Cache;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.Decision;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.PolicyState;
import dev.reprise.cache.Reason;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.parameter.ModuleRule;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.Parameters;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.reuse.ModelOutputs;
import dev.reprise.graph.ModulePath;
import dev.reprise.graph.NearestNames;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Module;
import dev.reprise.graph.flow.SegmentFlow;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Module schedule: a fixed schedule for each module, on any graph.
 *
 * <p>A rule says which modules return their last outputs again at which denoising steps: {@code "^mid_block" at "step % 3 != 0"}. Of
 * several rules that match a module the first counts. A module computes when it has no output yet. At its other steps it runs, also
 * where only modules that reuse their outputs would read it: its next reuse is of that step. A module inside of one that reuses its
 * outputs does not run, whatever its own rule says.
 *
 * <p>Source: the rules of NVIDIA Model Optimizer's {@code cachify}, a pattern for module names and a function of the step.
 */
public final class ModuleSchedule implements CachePolicy {
    private static final int SHOWN = 4;

    public static final Parameter<List<ModuleRule>> RULES = Parameter.of(
            "rules",
            ModuleRule.LIST,
            List.of(ModuleRule.of("attn|attention", "step % 2 != 0")),
            "",
            "Modules, by a regular expression found in their path, and the steps at which they reuse their last outputs");

    public static final PolicyType TYPE = new PolicyType(
            "module_schedule",
            List.of("cachify"),
            "Reuse modules' outputs at the steps that rules say",
            "https://github.com/NVIDIA/TensorRT-Model-Optimizer",
            List.of(RULES),
            ModuleSchedule::new);

    private final List<ModuleRule> rules;

    /** A module with the rule that it follows. */
    private record Scheduled(ModulePath path, List<String> outputs, ModuleRule rule) {
        boolean reuses(DenoisingStep step) {
            return rule.reuse().includes(step.index());
        }
    }

    private ModuleSchedule(Parameters parameters) {
        rules = parameters.get(RULES);
    }

    public static PolicyBuilder builder() {
        return TYPE.builder();
    }

    @Override
    public String id() {
        return TYPE.id();
    }

    @Override
    public BoundPolicy bind(Manifest model) {
        List<Scheduled> schedule = new ArrayList<>();
        Set<ModuleRule> used = new HashSet<>();
        SegmentFlow flow = new SegmentFlow(model);
        Set<String> needed = computed(model, flow, Set.of());
        for (Module module : model.modules()) {
            List<String> read =
                    module.outputs().stream().filter(needed::contains).toList();
            for (ModuleRule rule : rules) {
                if (rule.modules().search(module.path())) {
                    schedule.add(new Scheduled(ModulePath.of(module.path()), read, rule));
                    used.add(rule);
                    break;
                }
            }
        }
        for (int i = 0; i < rules.size(); i++) {
            if (!used.contains(rules.get(i)) || rules.indexOf(rules.get(i)) < i) {
                throw unused(i, model);
            }
        }
        Set<String> outputs = new LinkedHashSet<>();
        schedule.forEach(module -> outputs.addAll(module.outputs()));
        return new BoundPolicy(
                outputs,
                Set.of(),
                BoundPolicy.copies(1, outputs),
                () -> new State(schedule, provided -> computed(model, flow, provided)));
    }

    /** The tensors that are computed on the way to the model's outputs when some are provided. */
    private static Set<String> computed(Manifest model, SegmentFlow flow, Set<String> provided) {
        Set<String> computed = new HashSet<>();
        flow.needed(ModelOutputs.names(model), provided).segments().stream()
                .forEach(index -> computed.addAll(model.segments().get(index).outputs()));
        return computed;
    }

    private UnsupportedPolicyException unused(int index, Manifest model) {
        ModuleRule rule = rules.get(index);
        List<String> paths = model.modules().stream().map(Module::path).toList();
        String why;
        if (paths.stream().anyMatch(rule.modules()::search)) {
            why = "matches only modules that earlier rules match";
        } else if (paths.isEmpty()) {
            why = "matches nothing: no modules were found in this model";
        } else {
            String words = rule.modules().expressions().get(0).replaceAll("[^\\w.]+", "");
            why = "matches none of the " + paths.size() + " modules that were found; the nearest are "
                    + String.join(", ", NearestNames.of(words, paths, SHOWN))
                    + ". Others become modules when the model is cut with --module";
        }
        return new UnsupportedPolicyException(id() + ": rule " + (index + 1) + ", " + rule + ", " + why);
    }

    private static final class State implements PolicyState {
        private final List<Scheduled> schedule;
        /** What is computed in any case when some tensors are provided. */
        private final UnaryOperator<Set<String>> computed;
        /** What that was for those that were provided before: a schedule provides the same ones again. */
        private final Map<Set<String>, Set<String>> computedBefore = new HashMap<>();
        /** Outputs that ran once: one that nobody needs never does. */
        private final Set<String> known = new HashSet<>();

        private final List<Scheduled> computing = new ArrayList<>();

        State(List<Scheduled> schedule, UnaryOperator<Set<String>> computed) {
            this.schedule = schedule;
            this.computed = computed;
        }

        @Override
        public void before(DenoisingStep step) {
            computing.clear();
            // An output may be that of several modules, of a block and of its last layer.
            Map<String, Tensor> provided = new LinkedHashMap<>();
            List<ModulePath> reusing = new ArrayList<>();
            for (Scheduled module : schedule) {
                List<String> kept =
                        module.outputs().stream().filter(known::contains).toList();
                boolean reuses = module.reuses(step);
                if (reuses && !kept.isEmpty() && provide(kept, step.cache(), provided)) {
                    reusing.add(module.path());
                    step.decide(module.path().dotted(), Decision.REUSE, Reason.INTERVAL);
                } else {
                    computing.add(module);
                    step.decide(
                            module.path().dotted(),
                            Decision.COMPUTE,
                            reuses ? step.cache().missing(module.outputs()) : Reason.INTERVAL);
                }
            }
            computing.forEach(module -> module.outputs().forEach(step::observe));
            provided.forEach(step::provide);
            Set<String> ready = new HashSet<>(computedBefore.computeIfAbsent(Set.copyOf(provided.keySet()), computed));
            ready.addAll(provided.keySet());
            computing.stream()
                    .filter(module -> reusing.stream().noneMatch(module.path()::isIn))
                    .flatMap(module -> module.outputs().stream())
                    .filter(output -> !ready.contains(output))
                    .forEach(step::pull);
        }

        /** Adds all these outputs to what is provided, or none. */
        private static boolean provide(List<String> outputs, Cache cache, Map<String, Tensor> provided) {
            Map<String, Tensor> found = new LinkedHashMap<>();
            for (String output : outputs) {
                Tensor tensor = cache.get(output);
                if (tensor == null) {
                    return false;
                }
                found.put(output, tensor);
            }
            provided.putAll(found);
            return true;
        }

        @Override
        public void after(DenoisingStep step) {
            for (Scheduled module : computing) {
                for (String output : module.outputs()) {
                    Tensor tensor = step.computed(output);
                    if (tensor != null) {
                        known.add(output);
                        step.cache().put(output, tensor);
                    }
                }
            }
        }
    }
}
