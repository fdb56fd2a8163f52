package dev.reprise.cache.policy;

import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.Cache;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.PolicyState;
import dev.reprise.cache.Reason;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.parameter.ForecastKind;
import dev.reprise.cache.parameter.Identifiers;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.Parameters;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.reuse.AttentionSchedule;
import dev.reprise.cache.reuse.Forecasts;
import dev.reprise.cache.reuse.ModelOutputs;
import dev.reprise.cache.reuse.ModuleForecast;
import dev.reprise.cache.reuse.ModuleZeros;
import dev.reprise.cache.reuse.SkippedModule;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Module;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.graph.flow.SegmentFlow;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TaylorSeer: predicts module outputs from how they changed over the last computed steps.
 *
 * <pre>
 *   compute ⇔ t &lt; before ∨ (t − before − 1) mod interval = 0 ∨ t ≥ after        (floor modulo)
 *   else ŷ = Σ dⁱ·kⁱ/i!                  k steps after the last computed one
 * </pre>
 *
 * Identifiers match whole module paths, of any located module. Modules of {@code cache_identifiers} are predicted; those of
 * {@code skip_predict_identifiers} (which win) return zeros on predicted steps, which is right where only predicted modules use
 * their output. Lite mode predicts {@code proj_out} and lets every block return zeros; it overrides both lists. The default
 * identifiers match paths that end in {@code attn}; models that call it {@code attn1} need {@code cache_identifiers}.
 *
 * <p>The {@code lagrange} forecast is exact for polynomials whatever the spacing of the computed steps,
 * recursive differences are not. Keeps {@code max_order + 1} tensors per output [batch, tokens, channels].
 *
 * <p>Source: https://arxiv.org/abs/2503.06923.
 */
public final class TaylorSeer implements CachePolicy {
    public static final Parameter<Integer> CACHE_INTERVAL =
            Parameter.of("cache_interval", ParameterType.integer(1), 5, "steps", "Compute every so many steps");
    public static final Parameter<Integer> DISABLE_CACHE_BEFORE_STEP = Parameter.of(
            "disable_cache_before_step", ParameterType.integer(0), 3, "steps", "Compute all steps before this one");
    public static final Parameter<Integer> DISABLE_CACHE_AFTER_STEP = Parameter.optional(
            "disable_cache_after_step", ParameterType.integer(0), "steps", "Compute this step and all after it");
    public static final Parameter<Integer> MAX_ORDER =
            Parameter.of("max_order", ParameterType.integer(0), 1, "", "Highest derivative of the forecast");
    public static final Parameter<ElementType> TAYLOR_FACTORS_DTYPE = Parameter.of(
                    "taylor_factors_dtype",
                    ParameterType.floatType(),
                    ElementType.BFLOAT16,
                    "",
                    "Element type of what is kept; unset keeps the model's own")
            .orUnset();
    public static final Parameter<Identifiers> SKIP_PREDICT_IDENTIFIERS = Parameter.optional(
            "skip_predict_identifiers",
            Identifiers.TYPE,
            "",
            "Modules that return zeros on predicted steps: match the whole module path");
    public static final Parameter<Identifiers> CACHE_IDENTIFIERS = Parameter.optional(
            "cache_identifiers",
            Identifiers.TYPE,
            "",
            "Modules that are predicted: match the whole module path; unset takes attention");
    public static final Parameter<Boolean> USE_LITE_MODE = Parameter.of(
            "use_lite_mode",
            ParameterType.flag(),
            false,
            "",
            "Predict only the final projection and run no block; overrides the identifiers");
    public static final Parameter<Boolean> ZEROS_ALONE = Parameter.of(
            "zeros_alone",
            ParameterType.flag(),
            false,
            "",
            "Where no identifier matches, predict nothing beside the zeros, as the hooks of diffusers do");
    public static final Parameter<ForecastKind> FORECAST = Parameter.of(
            "forecast",
            ParameterType.choice(List.of(ForecastKind.TAYLOR, ForecastKind.LAGRANGE)),
            ForecastKind.TAYLOR,
            "",
            "Recursive differences as in the paper, or the polynomial through the last values");

    public static final PolicyType TYPE = new PolicyType(
            "taylorseer",
            List.of("taylorseer_cache", "taylor_seer"),
            "Predict module outputs from their last changes",
            "https://arxiv.org/abs/2503.06923",
            List.of(
                    CACHE_INTERVAL,
                    DISABLE_CACHE_BEFORE_STEP,
                    DISABLE_CACHE_AFTER_STEP,
                    MAX_ORDER,
                    TAYLOR_FACTORS_DTYPE,
                    SKIP_PREDICT_IDENTIFIERS,
                    CACHE_IDENTIFIERS,
                    USE_LITE_MODE,
                    ZEROS_ALONE,
                    FORECAST),
            TaylorSeer::new);

    private static final Logger LOG = LoggerFactory.getLogger(TaylorSeer.class);
    private static final Identifiers ATTENTION = Identifiers.of(
            "^blocks.*attn",
            "^transformer_blocks.*attn",
            "^single_transformer_blocks.*attn",
            "^temporal_transformer_blocks.*attn");
    private static final Identifiers LITE_CACHE = Identifiers.of("^proj_out$");
    private static final Identifiers LITE_SKIP = Identifiers.of("^[^.]*block[^.]*\\.[^.]+$");

    private final int interval;
    private final int before;
    private final Optional<Integer> after;
    private final int order;
    private final @Nullable ElementType storage;
    private final ForecastKind forecast;
    private final Identifiers cached;
    private final Identifiers inactive;
    private final boolean lite;
    private final boolean zerosAlone;
    private final boolean asked;

    private TaylorSeer(Parameters parameters) {
        interval = parameters.get(CACHE_INTERVAL);
        before = parameters.get(DISABLE_CACHE_BEFORE_STEP);
        after = parameters.find(DISABLE_CACHE_AFTER_STEP);
        order = parameters.get(MAX_ORDER);
        storage = parameters.find(TAYLOR_FACTORS_DTYPE).orElse(null);
        forecast = parameters.get(FORECAST);
        lite = parameters.get(USE_LITE_MODE);
        zerosAlone = parameters.get(ZEROS_ALONE);
        Optional<Identifiers> wanted = parameters.find(CACHE_IDENTIFIERS).filter(list -> !list.isEmpty());
        Optional<Identifiers> unwanted = parameters.find(SKIP_PREDICT_IDENTIFIERS);
        if (lite && (wanted.isPresent() || unwanted.isPresent())) {
            LOG.warn("{}: use_lite_mode overrides cache_identifiers and skip_predict_identifiers", TYPE.id());
        }
        asked = wanted.isPresent();
        cached = lite ? LITE_CACHE : wanted.orElse(ATTENTION);
        inactive = lite ? LITE_SKIP : unwanted.orElse(Identifiers.of());
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
        List<Module> modules = model.modules().stream()
                .filter(module -> !module.outputs().isEmpty())
                .toList();
        List<Module> zeros = modules.stream()
                .filter(module -> inactive.matches(module.path()))
                .toList();
        List<Module> predicted = modules.stream()
                .filter(module -> cached.matches(module.path()) && !inactive.matches(module.path()))
                .toList();
        predicted = predicted.isEmpty() ? located(modules) : predicted;
        // In lite mode, and beside modules that return zeros, the reference goes on without anything to predict.
        if (predicted.isEmpty() && (zeros.isEmpty() || (!lite && asked))) {
            throw noMatch(cached, modules, !asked && !lite);
        }
        if (predicted.isEmpty() && lite && !zerosAlone) {
            throw new UnsupportedPolicyException(
                    id() + ": use_lite_mode needs a final projection behind the blocks to predict, "
                            + "called proj_out or the last layer before the output; none was found in this model");
        }
        if (zeros.isEmpty() && !inactive.isEmpty() && !lite) {
            throw noMatch(inactive, modules, false);
        }
        if (predicted.isEmpty()) {
            LOG.warn("{}: no module matches {}; matched blocks return zeros and nothing is predicted", id(), cached);
        }
        Set<String> provides = new LinkedHashSet<>();
        predicted.forEach(module -> provides.addAll(module.outputs()));
        zeros.forEach(module -> provides.addAll(module.outputs()));
        Set<String> needed = new SegmentFlow(model)
                .needed(ModelOutputs.names(model), provides)
                .provided();
        List<SkippedModule> forecasts = SkippedModule.of(predicted, needed);
        List<SkippedModule> inactives = SkippedModule.of(zeros, needed);
        Map<String, Integer> keeps = BoundPolicy.copies(
                order + 1,
                forecasts.stream().flatMap(module -> module.outputs().stream()).toList());
        return new BoundPolicy(needed, Set.of(), keeps, () -> new State(forecasts, inactives));
    }

    /** What was located, where the default identifiers match nothing. */
    private List<Module> located(List<Module> modules) {
        if (zerosAlone || asked) {
            return List.of();
        }
        List<Module> located = modules.stream()
                .filter(module -> lite
                        ? module.kind() == ModuleKind.FINAL_PROJECTION
                        : module.kind().isAttention() && !inactive.matches(module.path()))
                .toList();
        if (!located.isEmpty()) {
            LOG.warn(
                    "{}: no module matches {}; predicting the {} that were located: {} …",
                    id(),
                    cached,
                    located.size(),
                    located.get(0).path());
        }
        return located;
    }

    private UnsupportedPolicyException noMatch(Identifiers identifiers, List<Module> modules, boolean hint) {
        UnsupportedPolicyException error =
                AttentionSchedule.noMatch(id(), "module path as a whole", identifiers.expressions(), modules);
        return hint
                ? new UnsupportedPolicyException(
                        error.getMessage() + "; set cache_identifiers, for example '.*blocks\\.\\d+\\.attn1?'")
                : error;
    }

    private final class State implements PolicyState {
        private final List<ModuleForecast> predicted;
        private final ModuleZeros zeros;

        State(List<SkippedModule> predicted, List<SkippedModule> zeros) {
            this.predicted = predicted.stream()
                    .map(module -> new ModuleForecast(module, output -> Forecasts.of(forecast, output, order, storage)))
                    .toList();
            this.zeros = new ModuleZeros(zeros);
        }

        @Override
        public void before(DenoisingStep step) {
            Reason due = due(step.index()).or(() -> incomplete(step.cache())).orElse(null);
            for (ModuleForecast module : predicted) {
                if (due == null && module.ready(step.cache())) {
                    module.predict(step);
                } else {
                    module.compute(step, due == null ? module.missing(step.cache()) : due);
                }
            }
            zeros.before(step, due);
        }

        /** Beside modules that return zeros all must be predicted: one that computed would read the zeros. */
        private Optional<Reason> incomplete(Cache cache) {
            return zeros.isEmpty()
                    ? Optional.empty()
                    : predicted.stream()
                            .filter(module -> !module.ready(cache))
                            .findFirst()
                            .map(module -> module.missing(cache));
        }

        @Override
        public void after(DenoisingStep step) {
            predicted.forEach(module -> module.after(step));
            zeros.after(step);
        }
    }

    /** Why this step is computed, empty when it may be predicted. */
    private Optional<Reason> due(int step) {
        if (step < before) {
            return Optional.of(Reason.WARMUP);
        }
        if (after.isPresent() && step >= after.get()) {
            return Optional.of(Reason.COOLDOWN);
        }
        if (Math.floorMod(step - before - 1, interval) == 0) {
            return Optional.of(Reason.INTERVAL);
        }
        return Optional.empty();
    }
}
