package dev.reprise.optimizer.locate;

import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.optimizer.operators.Dependence;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Follows the hidden and the encoder stream from block to block. */
final class BlockStreams {
    /** The streams after a block. */
    record After(Value hidden, @Nullable Value encoder) {}

    private final Dependence dependence;
    private final boolean throughNorms;
    private final Set<Value> hiddenStream = new HashSet<>();
    private final Set<Value> encoderStream = new HashSet<>();

    BlockStreams(Dependence dependence, ChainEntry entry) {
        this.dependence = dependence;
        this.throughNorms = entry.throughNorms();
        hiddenStream.add(entry.x());
        hiddenStream.add(entry.hidden());
        if (entry.encoder() != null && entry.encoderInput() != null) {
            encoderStream.add(entry.encoderInput());
            encoderStream.add(entry.encoder());
        }
    }

    /** The streams after the next block, null where the hidden stream does not lead through it. */
    @Nullable
    After through(LocatedModule block) {
        Set<Node> inside = new HashSet<>(block.nodes());
        // What the streams were before this block; an output of this block cannot be its own source.
        ResidualStream stream = new ResidualStream(
                dependence,
                value -> (hiddenStream.contains(value) || encoderStream.contains(value))
                        && !inside.contains(value.producer()),
                throughNorms);
        Value hidden = null;
        Value encoder = null;
        for (Value output : block.outputs()) {
            Set<Value> sources = stream.sources(output);
            if (hidden == null && sources.stream().anyMatch(hiddenStream::contains)) {
                hidden = output;
            } else if (encoder == null && sources.stream().anyMatch(encoderStream::contains)) {
                encoder = output;
            }
        }
        if (hidden == null && block.outputs().size() == 1) {
            // A block may project what enters it, as blocks with long skip connections do.
            hidden = block.outputs().get(0);
        }
        if (hidden == null) {
            return null;
        }
        hiddenStream.add(hidden);
        if (encoder != null) {
            encoderStream.add(encoder);
        }
        return new After(hidden, encoder);
    }
}
