package dev.reprise.cache.policy;

import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.Decision;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.PolicyState;
import dev.reprise.cache.Reason;
import dev.reprise.cache.Subject;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.forecast.Forecastings;
import dev.reprise.cache.forecast.Taylor;
import dev.reprise.cache.indicator.Indicators;
import dev.reprise.cache.indicator.Interval;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.Parameters;
import dev.reprise.cache.parameter.Part;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.part.Forecasting;
import dev.reprise.cache.part.Indicator;
import dev.reprise.cache.part.Skippable;
import dev.reprise.cache.part.Span;
import dev.reprise.cache.reuse.ComputeAlways;
import dev.reprise.cache.span.Output;
import dev.reprise.cache.span.Spans;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Provenance;
import dev.reprise.graph.flow.SegmentFlow;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A policy put together from parts: an indicator says <em>when</em> to compute, a forecast <em>what</em> to return in place of it, a span
 * <em>where</em>. Limits hold for every indicator and are asked before it, in this order:
 *
 * <pre>
 *   nothing kept yet → compute;  step &lt; warmup_steps → compute;  step ≥ steps − last_steps → compute;  a refresh step → compute;
 *   max_total reuses → compute;  max_continuous in a row → compute;  the indicator;
 *   what it measured at the skipped steps in a row, summed, beyond max_accumulated → compute
 * </pre>
 *
 * The last steps are known where the caller says how many there are.
 */
public final class Combined implements CachePolicy {
    private static final String ID = "combined";

    public static final Parameter<Part<Indicator>> WHEN = Parameter.of(
            "when",
            PartType.choice("indicator", Indicators::all),
            Interval.TYPE.part(),
            "",
            "When to compute: an indicator, as interval:every=3 or {\"interval\": {\"every\": 3}}");
    public static final Parameter<Part<Forecasting>> WHAT = Parameter.of(
            "what",
            PartType.choice("forecast", Forecastings::all),
            Taylor.TYPE.part(),
            "",
            "What to return at a skipped step: a forecast, as taylor:order=1");
    public static final Parameter<Part<Span>> WHERE = Parameter.of(
            "where",
            PartType.choice("span", Spans::all),
            Output.TYPE.part(),
            "",
            "What a skipped step does not run: a span, as blocks:front=1");
    public static final Parameter<Integer> WARMUP_STEPS =
            Parameter.of("warmup_steps", ParameterType.integer(0), 0, "steps", "Compute this many steps at the start");
    public static final Parameter<Integer> LAST_STEPS =
            Parameter.of("last_steps", ParameterType.integer(0), 0, "steps", "Compute this many steps at the end");
    public static final Parameter<Integer> MAX_CONTINUOUS =
            Parameter.optional("max_continuous", ParameterType.integer(1), "steps", "Most skipped steps in a row");
    public static final Parameter<Integer> MAX_TOTAL =
            Parameter.optional("max_total", ParameterType.integer(0), "steps", "Most skipped steps of a generation");
    public static final Parameter<Double> MAX_ACCUMULATED = Parameter.optional(
            "max_accumulated",
            ParameterType.number(0),
            "",
            "Most that what the indicator measures at skipped steps in a row may add up to");
    public static final Parameter<List<Double>> REFRESH_STEPS = Parameter.optional(
            "refresh_steps", ParameterType.numbers(1), "steps", "Steps that compute whatever the indicator says");

    private static final List<Parameter<?>> LIMITS =
            List.of(WARMUP_STEPS, LAST_STEPS, MAX_CONTINUOUS, MAX_TOTAL, MAX_ACCUMULATED, REFRESH_STEPS);

    public static final Parameter<String> MODEL = Parameter.optional(
            "model",
            ParameterType.hash(),
            "",
            "The model that the parts were tuned for, by the source hash of its manifest; another one is refused");

    public static final PolicyType TYPE = new PolicyType(
            ID,
            List.of("parts"),
            "Any indicator (when) with any forecast (what) over any span (where)",
            "",
            List.of(
                    WHEN,
                    WHAT,
                    WHERE,
                    WARMUP_STEPS,
                    LAST_STEPS,
                    MAX_CONTINUOUS,
                    MAX_TOTAL,
                    MAX_ACCUMULATED,
                    REFRESH_STEPS,
                    MODEL),
            parameters -> new Combined(ID, parameters));

    private final String id;
    private final Indicator when;
    private final Forecasting what;
    private final Span where;
    private final int warmupSteps;
    private final int lastSteps;
    private final int maxContinuous;
    private final int maxTotal;
    private final double maxAccumulated;
    private final Set<Integer> refreshSteps = new LinkedHashSet<>();
    private final @Nullable String model;

    private Combined(String id, Parameters parameters) {
        this.id = id;
        when = parameters.get(WHEN).value();
        what = parameters.get(WHAT).value();
        where = parameters.get(WHERE).value();
        warmupSteps = parameters.get(WARMUP_STEPS);
        lastSteps = parameters.get(LAST_STEPS);
        maxContinuous = parameters.find(MAX_CONTINUOUS).orElse(Integer.MAX_VALUE);
        maxTotal = parameters.find(MAX_TOTAL).orElse(Integer.MAX_VALUE);
        maxAccumulated = parameters.find(MAX_ACCUMULATED).orElse(Double.POSITIVE_INFINITY);
        model = parameters.find(MODEL).orElse(null);
        parameters.find(REFRESH_STEPS).ifPresent(steps -> steps.forEach(step -> refreshSteps.add(step.intValue())));
    }

    public static PolicyBuilder builder() {
        return TYPE.builder();
    }

    /** A choice of parts, with the limits that a named policy has by the same names. */
    static PolicyBuilder parts(Parameters values, Part<Indicator> when, Part<Forecasting> what, Part<Span> where) {
        return builder().set(WHEN, when).set(WHAT, what).set(WHERE, where).copy(LIMITS, values);
    }

    /** A named policy that is a choice of parts and limits. */
    static CachePolicy preset(PolicyType named, PolicyBuilder parts) {
        return new Combined(named.id(), parts.parameters());
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public BoundPolicy bind(Manifest manifest) {
        requireModel(manifest.provenance());
        Span.Bound span = where.bind(id, manifest, what.copies());
        Indicator.Bound indicator = when.bind(id, manifest);
        if (when.computesAlways()) {
            boolean blocks = span.subjects().contains(Subject.BLOCKS.id());
            return ComputeAlways.forThresholdZero(blocks ? Subject.BLOCKS : Subject.MODEL);
        }
        requireProbeOutside(manifest, span, indicator);
        Set<String> watches = new LinkedHashSet<>(span.watches());
        watches.addAll(indicator.watches());
        Map<String, Integer> keeps = new LinkedHashMap<>(span.keeps());
        indicator.keeps().forEach((tensor, count) -> keeps.merge(tensor, count, Integer::sum));
        return new BoundPolicy(
                span.provides(),
                watches,
                keeps,
                () -> new State(span, indicator.state().get()));
    }

    private void requireModel(Provenance found) {
        if (model != null && !model.equals(found.sourceHash())) {
            throw new UnsupportedPolicyException(id + " was tuned for the model with hash " + model.substring(0, 12)
                    + "…, found " + found.sourceFile() + " with "
                    + found.sourceHash()
                            .substring(0, Math.min(12, found.sourceHash().length()))
                    + "…: tune this one, or leave out the parameter model");
        }
    }

    /** A probe is pulled before anything is decided: what it needs cannot be skipped any more. */
    private void requireProbeOutside(Manifest manifest, Span.Bound span, Indicator.Bound indicator) {
        Set<String> needed = new SegmentFlow(manifest)
                .needed(List.copyOf(indicator.watches()), span.provides())
                .provided();
        if (!needed.isEmpty()) {
            throw new UnsupportedPolicyException(id + ": the indicator's probe " + indicator.watches() + " needs "
                    + needed.iterator().next() + ", which the span would skip; choose a span behind the probe, or an"
                    + " indicator without one (interval, mask, spectral_change, latents_change)");
        }
    }

    private final class State implements PolicyState {
        private final List<String> subjects;
        private final Skippable part;
        private final Indicator.State indicator;
        private int total;
        private int continuous;
        private double accumulated;
        private boolean computing;

        State(Span.Bound span, Indicator.State indicator) {
            this.subjects = span.subjects();
            this.indicator = indicator;
            part = span.part().apply(slot -> what.of(slot, indicator::ratio));
        }

        @Override
        public void before(DenoisingStep step) {
            part.prepare(step);
            indicator.observe(step);
            Reason due = part.ready(step.cache()) ? limit(step) : part.missing(step.cache());
            if (due != null) {
                decide(step, true, due);
                return;
            }
            Indicator.Verdict verdict = indicator.judge(step);
            double sum = accumulated + verdict.difference();
            if (!verdict.compute() && sum > maxAccumulated) {
                decide(step, true, Reason.accumulated(sum, maxAccumulated));
            } else {
                accumulated = sum;
                decide(step, verdict.compute(), verdict.reason());
            }
        }

        private @Nullable Reason limit(DenoisingStep step) {
            if (step.index() < warmupSteps) {
                return Reason.WARMUP;
            }
            if (step.count().isPresent() && step.index() >= step.count().getAsInt() - lastSteps) {
                return Reason.LAST_STEP;
            }
            if (refreshSteps.contains(step.index())) {
                return Reason.REFRESH;
            }
            if (total >= maxTotal) {
                return Reason.MAX_CACHED;
            }
            return continuous >= maxContinuous ? Reason.MAX_CONTINUOUS : null;
        }

        private void decide(DenoisingStep step, boolean compute, Reason reason) {
            computing = compute;
            Decision decision = compute ? Decision.COMPUTE : what.predicts() ? Decision.PREDICT : Decision.REUSE;
            if (compute) {
                continuous = 0;
                accumulated = 0;
                part.observe(step);
            } else {
                continuous++;
                total++;
                part.skip(step);
            }
            subjects.forEach(subject -> step.decide(subject, decision, reason));
        }

        @Override
        public void after(DenoisingStep step) {
            if (computing) {
                part.keep(step);
            }
            indicator.after(step, computing);
        }
    }
}
