package dev.reprise.cache.indicator;

import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.Parameters;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.Indicator;
import dev.reprise.cache.reuse.BlockSpan;
import dev.reprise.graph.bundle.Manifest;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * DiCache's probe: how the hidden states behind the first m blocks change from step to step, beside how those that enter do.
 *
 * <pre>
 *   δx = ‖x_t − x_{t−1}‖ / ‖x_{t−1}‖,   δy the same of h^m,   acc += |δy − δx| (delta_minus) or δy (delta_y)
 *   skip while acc &lt; threshold;  a computed step starts the sum anew
 *   ratio = ‖p_t − p_b‖ / ‖p_a − p_b‖,  p = h^m − x,  a and b the last two computed steps
 * </pre>
 *
 * A computed step goes on from the probe: nothing runs twice.
 *
 * <p>Source: https://arxiv.org/abs/2508.17356.
 */
public final class Probe implements Indicator {
    /** What is summed. */
    public enum Change {
        /** How differently the two streams changed. */
        DELTA_MINUS,
        /** How the probe changed. */
        DELTA_Y
    }

    public static final Parameter<Double> THRESHOLD = Parameter.of(
                    "threshold", ParameterType.number(0), 0.1, "accumulated change", "Compute when the sum reaches it")
            .alias("rel_l1_thresh");
    public static final Parameter<Integer> DEPTH =
            Parameter.of("depth", ParameterType.integer(1), 1, "blocks", "Blocks of the probe");
    public static final Parameter<Change> ERROR = Parameter.of(
            "error",
            ParameterType.choice(List.of(Change.values())),
            Change.DELTA_MINUS,
            "",
            "Sum the difference of both changes, or the change of the probe");

    public static final PartType<Indicator> TYPE = new PartType<>(
            "probe",
            "Compute when a probe of the first blocks has changed enough since the last computed step",
            "https://arxiv.org/abs/2508.17356",
            List.of(THRESHOLD, DEPTH, ERROR),
            Probe::new);

    private static final String ENTERING = "probe/entering";
    private static final String LEAVING = "probe/leaving";
    private static final String NEWEST = "probe/residual_a";
    private static final String OLDER = "probe/residual_b";

    private final double threshold;
    private final int depth;
    private final boolean difference;

    private Probe(Parameters values) {
        threshold = values.get(THRESHOLD);
        depth = values.get(DEPTH);
        difference = values.get(ERROR) == Change.DELTA_MINUS;
    }

    @Override
    public boolean computesAlways() {
        return threshold == 0;
    }

    @Override
    public Bound bind(String policy, Manifest model) {
        BlockSpan front = BlockSpan.front(policy, model, depth);
        return new Bound(front.probed(), Map.of(front.leavingHidden(), 4), () -> new State(front));
    }

    private final class State implements Indicator.State {
        private final BlockSpan front;
        private double added;
        private double accumulated;
        private @Nullable Tensor entering;
        private @Nullable Tensor leaving;
        private @Nullable Tensor residual;

        State(BlockSpan front) {
            this.front = front;
        }

        @Override
        public void observe(DenoisingStep step) {
            front.observeEntering(step);
            Tensor out = step.pull(front.leavingHidden());
            Tensor in = front.pullEnteringHidden(step);
            entering = in;
            leaving = out;
            residual = null;
            Tensor lastIn = step.cache().get(ENTERING);
            Tensor lastOut = step.cache().get(LEAVING);
            if (lastIn == null || lastOut == null) {
                accumulated = Double.NaN;
                return;
            }
            double change = step.math().relativeDistance(lastOut, out);
            added = difference ? Math.abs(change - step.math().relativeDistance(lastIn, in)) : change;
            accumulated += added;
        }

        @Override
        public Verdict judge(DenoisingStep step) {
            if (Double.isNaN(accumulated)) {
                return Verdict.of(true, step.cache().missing(List.of(ENTERING, LEAVING)));
            }
            return Verdict.reaching(accumulated, threshold, added);
        }

        @Override
        public double ratio(DenoisingStep step) {
            Tensor newest = step.cache().get(NEWEST);
            Tensor older = step.cache().get(OLDER);
            if (newest == null || older == null) {
                return Double.NaN;
            }
            float all = step.math().distance(newest, older);
            return all == 0 ? 1 : step.math().distance(residual(step), older) / all;
        }

        private Tensor residual(DenoisingStep step) {
            if (residual == null) {
                if (entering == null || leaving == null) {
                    throw new IllegalStateException("there is no probe of this step");
                }
                residual = step.math().subtract(leaving, entering);
            }
            return residual;
        }

        @Override
        public void after(DenoisingStep step, boolean computed) {
            if (computed) {
                accumulated = 0;
                Tensor newest = step.cache().get(NEWEST);
                if (newest != null) {
                    step.cache().put(OLDER, newest);
                }
                step.cache().put(NEWEST, residual(step));
            }
            if (entering != null && leaving != null) {
                // What enters may be a model input, which is the caller's.
                step.cache().put(ENTERING, step.math().copy(entering));
                step.cache().put(LEAVING, leaving);
            }
            entering = null;
            leaving = null;
            residual = null;
        }
    }
}
