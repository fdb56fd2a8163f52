package dev.reprise.cache.reuse;

import dev.reprise.cache.Cache;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.Reason;
import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.part.Forecast;
import dev.reprise.cache.part.Skippable;
import java.util.List;
import java.util.function.Function;

/**
 * The difference of the model's first output and its latents, forecast and added to the latents of a skipped step. A learned variance
 * behind the noise counts as a difference to zeros.
 */
public final class OutputOverLatents implements Skippable {
    private final String policy;
    private final String latents;
    private final String output;
    private final Forecast change;
    private final ModelOutputs others;

    /**
     * The state of one context.
     *
     * @param policy id, for messages
     * @param latents name of the model input
     * @param output name of the first output
     * @param forecast makes the forecast that keeps tensors in a slot
     * @param others the other outputs
     */
    public OutputOverLatents(
            String policy, String latents, String output, Function<String, Forecast> forecast, ModelOutputs others) {
        this.policy = policy;
        this.latents = latents;
        this.output = output;
        this.change = forecast.apply("output_change");
        this.others = others;
    }

    @Override
    public boolean ready(Cache cache) {
        return change.ready(cache) && others.ready(cache);
    }

    @Override
    public Reason missing(Cache cache) {
        Reason reason = change.missing(cache);
        return reason.equals(Reason.BUDGET) ? reason : others.missing(cache);
    }

    @Override
    public void observe(DenoisingStep step) {
        step.observe(output);
        others.observe(step);
    }

    @Override
    public boolean keep(DenoisingStep step) {
        Tensor result = step.output(output);
        Tensor now = LatentsInput.inShapeOf(step, policy, step.input(latents), result);
        Tensor difference = step.math().combine(result.elementType(), List.of(1f, -1f), List.of(result, now));
        boolean othersKept = others.keep(step);
        return change.keep(step, difference) && othersKept;
    }

    @Override
    public void skip(DenoisingStep step) {
        Tensor forecast = change.at(step);
        Tensor now = LatentsInput.inShapeOf(step, policy, step.input(latents), forecast);
        step.provide(output, step.math().combine(forecast.elementType(), List.of(1f, 1f), List.of(now, forecast)));
        others.skip(step);
    }
}
