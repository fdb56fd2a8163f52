package dev.reprise.cache.span;

import dev.reprise.cache.Subject;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.Span;
import dev.reprise.cache.reuse.BlockResidual;
import dev.reprise.cache.reuse.BlockSpan;
import dev.reprise.graph.bundle.Manifest;
import java.util.List;

/**
 * Transformer blocks: what they add to their streams, {@code R = h^{L−back} − h^front}, is kept, forecast and added again. What is in front
 * of them and behind them runs.
 */
public final class Blocks implements Span {
    public static final Parameter<Integer> FRONT =
            Parameter.of("front", ParameterType.integer(0), 0, "blocks", "Blocks at the front that always run");
    public static final Parameter<Integer> BACK =
            Parameter.of("back", ParameterType.integer(0), 0, "blocks", "Blocks at the back that always run");

    public static final PartType<Span> TYPE = new PartType<>(
            "blocks",
            "What the transformer blocks add to the hidden states",
            "",
            List.of(FRONT, BACK),
            values -> new Blocks(values.get(FRONT), values.get(BACK)));

    private final int front;
    private final int back;

    private Blocks(int front, int back) {
        this.front = front;
        this.back = back;
    }

    @Override
    public Bound bind(String policy, Manifest model, int copies) {
        int blocks = BlockSpan.chain(policy, model).blocks().size();
        if (front + back >= blocks) {
            throw new UnsupportedPolicyException(policy + " with " + front + " blocks in front and " + back
                    + " behind needs more than " + (front + back) + " transformer blocks, found " + blocks);
        }
        BlockSpan span = BlockSpan.between(policy, model, front, blocks - back);
        return new Bound(
                List.of(Subject.BLOCKS.id()),
                span.provides(),
                span.entering(),
                span.keeps(copies),
                forecast -> BlockResidual.forecast(span, forecast));
    }
}
