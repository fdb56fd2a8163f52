package dev.reprise.cache.part;

import dev.reprise.cache.Reason;
import dev.reprise.cache.forecast.Hold;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.span.Output;
import java.util.List;

/** Parts of somebody else, which the contract of all parts runs too. */
public final class EveryOther implements PartProvider {
    private static final Parameter<Integer> FIRST = Parameter.of(
            "first", ParameterType.integer(0), 0, "steps", "Compute this step, and every other one behind it");

    @Override
    public List<PartType<Indicator>> indicators() {
        return List.of(new PartType<>(
                "every_other",
                "Compute every other step",
                "",
                List.of(FIRST),
                values -> (policy, model) -> Indicator.Bound.withoutProbe(() -> step -> Indicator.Verdict.of(
                        (step.index() - values.get(FIRST)) % 2 == 0, new Reason("EVERY_OTHER", "")))));
    }

    @Override
    public List<PartType<Forecasting>> forecasts() {
        return List.of(new PartType<>(
                "as_it_was",
                "The value of the last computed step",
                "",
                List.of(),
                values -> Hold.TYPE.part().value()));
    }

    @Override
    public List<PartType<Span>> spans() {
        return List.of(new PartType<>(
                "everything",
                "The whole model",
                "",
                List.of(),
                values -> Output.TYPE.part().value()));
    }
}
