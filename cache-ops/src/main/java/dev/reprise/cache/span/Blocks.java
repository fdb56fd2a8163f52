package dev.reprise.cache.span;

import dev.reprise.cache.Subject;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.Span;
import dev.reprise.cache.reuse.BlockResidual;
import dev.reprise.cache.reuse.BlockSpan;
import dev.reprise.cache.reuse.ModuleGroup;
import dev.reprise.cache.reuse.SkippedModule;
import dev.reprise.graph.bundle.Manifest;
import java.util.List;
import java.util.Set;

/**
 * Transformer blocks: what they add to their streams, {@code R = h^{L−back} − h^front}, is kept, forecast and added again. What is in front
 * of them and behind them runs. With {@code keep} {@code hidden_states} it is what leaves them, {@code h^{L−back}}: then nothing that only feeds
 * them runs either.
 */
public final class Blocks implements Span {
    /** What is kept of the streams. */
    public enum Keep {
        /** What leaves less what enters. */
        RESIDUAL,
        /** What leaves. */
        HIDDEN_STATES
    }

    public static final Parameter<Integer> FRONT =
            Parameter.of("front", ParameterType.integer(0), 0, "blocks", "Blocks at the front that always run");
    public static final Parameter<Integer> BACK =
            Parameter.of("back", ParameterType.integer(0), 0, "blocks", "Blocks at the back that always run");

    public static final Parameter<Keep> KEEP = Parameter.of(
            "keep",
            ParameterType.choice(List.of(Keep.values())),
            Keep.RESIDUAL,
            "",
            "Keep what the blocks add to the hidden states, or the hidden states that leave them");

    public static final PartType<Span> TYPE = new PartType<>(
            "blocks",
            "What the transformer blocks add to the hidden states",
            "",
            List.of(FRONT, BACK, KEEP),
            values -> new Blocks(values.get(FRONT), values.get(BACK), values.get(KEEP)));

    private final int front;
    private final int back;

    private final Keep keep;

    private Blocks(int front, int back, Keep keep) {
        this.front = front;
        this.back = back;
        this.keep = keep;
    }

    @Override
    public Bound bind(String policy, Manifest model, int copies) {
        int blocks = BlockSpan.chain(policy, model).blocks().size();
        if (front + back >= blocks) {
            throw new UnsupportedPolicyException(policy + " with " + front + " blocks in front and " + back
                    + " behind needs more than " + (front + back) + " transformer blocks, found " + blocks);
        }
        BlockSpan span = BlockSpan.between(policy, model, front, blocks - back);
        if (keep == Keep.HIDDEN_STATES) {
            SkippedModule leaving = new SkippedModule(Subject.BLOCKS.id(), List.copyOf(span.provides()));
            return new Bound(
                    List.of(Subject.BLOCKS.id()),
                    span.provides(),
                    Set.of(),
                    span.keeps(copies),
                    forecast -> new ModuleGroup(List.of(leaving), forecast));
        }
        return new Bound(
                List.of(Subject.BLOCKS.id()),
                span.provides(),
                span.entering(),
                span.keeps(copies),
                forecast -> BlockResidual.forecast(span, forecast));
    }
}
