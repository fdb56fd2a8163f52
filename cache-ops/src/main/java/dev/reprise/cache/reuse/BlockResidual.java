package dev.reprise.cache.reuse;

import dev.reprise.cache.Cache;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.Reason;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.math.TensorMath;
import dev.reprise.cache.parameter.ForecastKind;
import dev.reprise.cache.part.Forecast;
import dev.reprise.cache.part.Skippable;
import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link BlockSpan} added to its streams at the computed steps of one context, kept to be added again in place of running
 * its blocks.
 */
public final class BlockResidual implements Skippable {
    private final BlockSpan span;
    private final Forecast hidden;
    private final @Nullable Forecast encoder;

    private BlockResidual(BlockSpan span, Forecast hidden, @Nullable Forecast encoder) {
        this.span = span;
        this.hidden = hidden;
        this.encoder = encoder;
    }

    /** The last residual of both streams. */
    public static BlockResidual last(BlockSpan span) {
        return forecast(span, ForecastKind.LAST, 0);
    }

    /** A forecast of the residual of both streams. */
    public static BlockResidual forecast(BlockSpan span, ForecastKind kind, int order) {
        return forecast(span, slot -> Forecasts.of(kind, slot, order, null));
    }

    /**
     * A forecast of the residual of both streams.
     *
     * @param forecast makes the forecast that keeps tensors in a slot
     */
    public static BlockResidual forecast(BlockSpan span, Function<String, Forecast> forecast) {
        Forecast encoder = span.leavingEncoder() == null ? null : forecast.apply("encoder_residual");
        return new BlockResidual(span, forecast.apply("residual"), encoder);
    }

    /** The last residual of the hidden states; the encoder stream passes through unchanged. */
    public static BlockResidual ofHiddenStates(BlockSpan span) {
        return new BlockResidual(span, Forecasts.of(ForecastKind.LAST, "residual", 0, null), null);
    }

    @Override
    public void prepare(DenoisingStep step) {
        observeEntering(step);
    }

    @Override
    public boolean ready(Cache cache) {
        return hidden.ready(cache) && (encoder == null || encoder.ready(cache));
    }

    @Override
    public Reason missing(Cache cache) {
        Reason reason = hidden.missing(cache);
        return encoder != null && !reason.equals(Reason.BUDGET) ? encoder.missing(cache) : reason;
    }

    /** Keeps what enters until the step ends. Call it before anything behind it is pulled. */
    public void observeEntering(DenoisingStep step) {
        span.observeEntering(step);
    }

    @Override
    public void observe(DenoisingStep step) {
        span.observeEntering(step);
        span.pullEnteringHidden(step);
        step.observe(span.leavingHidden());
        if (encoder != null && span.enteringEncoder() != null && span.leavingEncoder() != null) {
            span.pull(step, span.enteringEncoder());
            step.observe(span.leavingEncoder());
        }
    }

    @Override
    public boolean keep(DenoisingStep step) {
        if (!keep(step, hidden, span.enteringHidden(), span.leavingHidden())) {
            return false;
        }
        if (encoder != null && span.enteringEncoder() != null && span.leavingEncoder() != null) {
            if (!keep(step, encoder, span.enteringEncoder(), span.leavingEncoder())) {
                hidden.forget(step.cache());
                return false;
            }
        }
        return true;
    }

    /** The residual of the hidden states that is kept, null when there is none. Read it before {@link #keep} replaces it. */
    @Nullable
    public Tensor keptOfHiddenStates(Cache cache) {
        return hidden.last(cache);
    }

    /** The residual of the hidden states of this step, null when it did not run. Only after the step. */
    @Nullable
    public Tensor ofHiddenStates(DenoisingStep step) {
        return difference(step, span.enteringHidden(), span.leavingHidden());
    }

    public void forget(Cache cache) {
        hidden.forget(cache);
        if (encoder != null) {
            encoder.forget(cache);
        }
    }

    @Override
    public void skip(DenoisingStep step) {
        span.observeEntering(step);
        Tensor leavingHidden = sum(step, span.enteringHidden(), hidden);
        for (String added : span.added()) {
            leavingHidden = step.math().add(leavingHidden, span.pull(step, added));
        }
        step.provide(span.leavingHidden(), leavingHidden);
        if (span.enteringEncoder() != null && span.leavingEncoder() != null) {
            Tensor leaving = encoder == null
                    ? span.pull(step, span.enteringEncoder())
                    : sum(step, span.enteringEncoder(), encoder);
            step.provide(span.leavingEncoder(), leaving);
        }
    }

    private Tensor sum(DenoisingStep step, String entering, Forecast residual) {
        Tensor stream = span.pull(step, entering);
        Tensor added = residual.at(step);
        requireSameShape(entering, stream, "the residual", added);
        return step.math().add(stream, added);
    }

    private boolean keep(DenoisingStep step, Forecast forecast, String entering, String leaving) {
        Tensor difference = difference(step, entering, leaving);
        if (difference == null) {
            forecast.forget(step.cache());
            return false;
        }
        return forecast.keep(step, difference);
    }

    /** What the blocks added, null when another policy provided what leaves them, or nobody needed it. */
    private @Nullable Tensor difference(DenoisingStep step, String entering, String leaving) {
        Tensor after = step.computed(leaving);
        if (after == null) {
            return null;
        }
        Tensor before = span.pull(step, entering);
        requireSameShape(entering, before, leaving, after);
        return step.math().subtract(after, before);
    }

    private void requireSameShape(String entering, Tensor a, String leaving, Tensor b) {
        if (!Arrays.equals(a.shape(), b.shape())) {
            throw new UnsupportedPolicyException(span.policy() + " needs " + entering + " and " + leaving
                    + " to have one shape, found " + TensorMath.describe(a) + " and " + TensorMath.describe(b));
        }
    }
}
