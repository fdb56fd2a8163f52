package dev.reprise.cache.indicator;

import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.Reason;
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
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the first blocks add to the hidden states, compared with the last computed step: {@code p_t = h^F − x},
 * {@code D = ‖p_a − p_t‖ / ‖p_a‖}; skip while {@code D ≤ threshold}. The blocks of the probe run at every step; a span behind them need not
 * run them twice.
 *
 * <p>Source: First Block Cache, https://github.com/chengzeyi/ParaAttention.
 */
public final class FirstBlock implements Indicator {
    public static final Parameter<Double> THRESHOLD = Parameter.of(
            "threshold",
            ParameterType.number(0),
            0.05,
            "relative distance",
            "Compute when the residual differs by more");
    public static final Parameter<Integer> BLOCKS =
            Parameter.of("blocks", ParameterType.integer(1), 1, "blocks", "Blocks of the probe");
    public static final Parameter<Integer> STRIDE =
            Parameter.of("stride", ParameterType.integer(1), 1, "channels", "Compare every n-th channel only");

    public static final PartType<Indicator> TYPE = new PartType<>(
            "first_block",
            "Compute when the residual of the first blocks has changed",
            "https://github.com/chengzeyi/ParaAttention",
            List.of(THRESHOLD, BLOCKS, STRIDE),
            FirstBlock::new);

    private static final String ANCHOR = "first_block";

    private final double threshold;
    private final int blocks;
    private final int stride;

    private FirstBlock(Parameters values) {
        threshold = values.get(THRESHOLD);
        blocks = values.get(BLOCKS);
        stride = values.get(STRIDE);
    }

    @Override
    public boolean computesAlways() {
        return threshold == 0;
    }

    @Override
    public Bound bind(String policy, Manifest model) {
        BlockSpan front = BlockSpan.front(policy, model, blocks);
        Set<String> watches = front.probed();
        return new Bound(watches, Map.of(front.leavingHidden(), 1), () -> new State(front));
    }

    private final class State implements Indicator.State {
        private final BlockSpan front;
        private @Nullable Tensor probe;

        State(BlockSpan front) {
            this.front = front;
        }

        @Override
        public void observe(DenoisingStep step) {
            front.observeEntering(step);
            probe = step.math().subtract(step.pull(front.leavingHidden()), front.pullEnteringHidden(step), stride);
        }

        @Override
        public Verdict judge(DenoisingStep step) {
            Tensor anchor = step.cache().get(ANCHOR);
            Tensor now = probe;
            if (anchor == null || now == null) {
                return Verdict.of(true, step.cache().missing(List.of(ANCHOR)));
            }
            float difference = step.math().relativeDistance(anchor, now);
            // Written so that NaN (an anchor of zeros) computes.
            return new Verdict(!(difference <= threshold), Reason.difference(difference, threshold), difference);
        }

        @Override
        public void after(DenoisingStep step, boolean computed) {
            if (computed && probe != null) {
                step.cache().put(ANCHOR, probe);
            }
            probe = null;
        }
    }
}
