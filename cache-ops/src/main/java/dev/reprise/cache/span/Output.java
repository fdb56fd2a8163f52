package dev.reprise.cache.span;

import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.Subject;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.Span;
import dev.reprise.cache.reuse.ModelOutputs;
import dev.reprise.graph.bundle.Manifest;
import java.util.List;
import java.util.Set;

/**
 * The outputs of the whole model, on any graph: a skipped step runs nothing.
 *
 * <p>With {@code calibrate} a computed step also makes good what the forecasts before it missed. Between the last computed value and this
 * one the outputs are known better now, by the straight line through both, than they were when they were forecast; the differences are
 * added to this step's output. A sampler that adds up the outputs, as Euler's method on a flow does, so lands where it would have with the
 * better values. It fits where the sampler counts neighbouring outputs about the same.
 */
public final class Output implements Span {
    public static final Parameter<Boolean> CALIBRATE = Parameter.of(
            "calibrate",
            ParameterType.flag(),
            false,
            "",
            "Add what the forecasts of a gap missed to the next computed output; for samplers that add outputs up");

    public static final PartType<Span> TYPE = new PartType<>(
            "output",
            "The outputs of the whole model; works on any graph",
            "",
            List.of(CALIBRATE),
            values -> new Output(values.get(CALIBRATE)));

    private final boolean calibrate;

    private Output(boolean calibrate) {
        this.calibrate = calibrate;
    }

    @Override
    public Bound bind(String policy, Manifest model, int copies) {
        List<String> outputs = ModelOutputs.floatingPoint(policy, model);
        return new Bound(
                List.of(Subject.MODEL.id()),
                Set.copyOf(outputs),
                Set.of(),
                BoundPolicy.copies(copies, outputs),
                forecast -> calibrate
                        ? ModelOutputs.calibrated(outputs, forecast)
                        : ModelOutputs.forecast(outputs, forecast));
    }
}
