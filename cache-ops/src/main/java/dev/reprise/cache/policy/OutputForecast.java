package dev.reprise.cache.policy;

import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.Decision;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.PolicyState;
import dev.reprise.cache.Reason;
import dev.reprise.cache.Subject;
import dev.reprise.cache.parameter.ForecastKind;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.Parameters;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.reuse.ModelOutputs;
import dev.reprise.graph.bundle.Manifest;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Output forecast: predicts the outputs of the whole model from those of the last computed steps. Works on any graph.
 *
 * <pre>
 *   compute ⇔ t &lt; warmup_steps ∨ (t − warmup_steps) mod interval = interval − 1 ∨ t ≥ steps − last_steps
 *   else v̂_t, Taylor or Lagrange through the last max_order + 1 computed outputs
 * </pre>
 *
 * The last steps are known where the caller says how many there are. Keeps max_order + 1 tensors per output.
 *
 * <p>Source: the TaylorSeer Lite of OpenVINO GenAI, after https://arxiv.org/abs/2503.06923.
 */
public final class OutputForecast implements CachePolicy {
    public static final Parameter<Integer> INTERVAL =
            Parameter.of("interval", ParameterType.integer(1), 3, "steps", "Compute every so many steps");
    public static final Parameter<Integer> WARMUP_STEPS =
            Parameter.of("warmup_steps", ParameterType.integer(0), 6, "steps", "Compute this many steps at the start");
    public static final Parameter<Integer> LAST_STEPS =
            Parameter.of("last_steps", ParameterType.integer(0), 2, "steps", "Compute this many steps at the end");
    public static final Parameter<Integer> MAX_ORDER =
            Parameter.of("max_order", ParameterType.integer(0), 1, "", "Highest derivative of the forecast");
    public static final Parameter<ForecastKind> FORECAST = Parameter.of(
            "forecast",
            ParameterType.choice(List.of(ForecastKind.TAYLOR, ForecastKind.LAGRANGE)),
            ForecastKind.TAYLOR,
            "",
            "Recursive differences, or the polynomial through the last values");

    public static final PolicyType TYPE = new PolicyType(
            "output_forecast",
            List.of("forecast"),
            "Predict the output of the whole model; works on any graph",
            "https://arxiv.org/abs/2503.06923",
            List.of(INTERVAL, WARMUP_STEPS, LAST_STEPS, MAX_ORDER, FORECAST),
            OutputForecast::new);

    private final int interval;
    private final int warmupSteps;
    private final int lastSteps;
    private final int order;
    private final ForecastKind forecast;

    private OutputForecast(Parameters parameters) {
        interval = parameters.get(INTERVAL);
        warmupSteps = parameters.get(WARMUP_STEPS);
        lastSteps = parameters.get(LAST_STEPS);
        order = parameters.get(MAX_ORDER);
        forecast = parameters.get(FORECAST);
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
        List<String> outputs = ModelOutputs.floatingPoint(id(), model);
        return new BoundPolicy(
                Set.copyOf(outputs),
                Set.of(),
                BoundPolicy.copies(order + 1, outputs),
                () -> new State(ModelOutputs.forecast(outputs, forecast, order)));
    }

    private final class State implements PolicyState {
        private final ModelOutputs outputs;
        private boolean computing;

        State(ModelOutputs outputs) {
            this.outputs = outputs;
        }

        @Override
        public void before(DenoisingStep step) {
            Reason due = due(step);
            if (due == null && !outputs.ready(step.cache())) {
                due = outputs.missing(step.cache());
            }
            computing = due != null;
            if (due != null) {
                outputs.observe(step);
                step.decide(Subject.MODEL, Decision.COMPUTE, due);
            } else {
                outputs.skip(step);
                step.decide(Subject.MODEL, order == 0 ? Decision.REUSE : Decision.PREDICT, Reason.INTERVAL);
            }
        }

        @Override
        public void after(DenoisingStep step) {
            if (computing) {
                outputs.keep(step);
            }
        }
    }

    private @Nullable Reason due(DenoisingStep step) {
        if (step.index() < warmupSteps) {
            return Reason.WARMUP;
        }
        if (step.count().isPresent() && step.index() >= step.count().getAsInt() - lastSteps) {
            return Reason.LAST_STEP;
        }
        return (step.index() - warmupSteps) % interval == interval - 1 ? Reason.INTERVAL : null;
    }
}
