package dev.reprise.optimizer.locate;

import dev.reprise.graph.Value;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The streams at the first block. An output belongs to the hidden stream when its residual stream leads back to what the latents
 * became, to the encoder stream when it leads back to the text alone.
 *
 * @param x the hidden states that enter the block
 * @param hidden the hidden states after it
 * @param encoderInput what enters it on the encoder stream, null where there is none
 * @param encoder the encoder hidden states after it, null where there is none
 * @param throughNorms whether norms hand the residual stream on, as in post-norm encoders
 */
record ChainEntry(
        Value x,
        Value hidden,
        @Nullable Value encoderInput,
        @Nullable Value encoder,
        boolean throughNorms) {

    /** The streams, with pre-norm blocks tried first; null where no output leads back to the latents. */
    static @Nullable ChainEntry find(AnalyzedGraph graph, LocatedModule first) {
        ChainEntry preNorm = find(graph, first, false);
        return preNorm != null ? preNorm : find(graph, first, true);
    }

    private static @Nullable ChainEntry find(AnalyzedGraph graph, LocatedModule first, boolean throughNorms) {
        ResidualStream stream = ResidualStream.into(graph.dependence(), first.nodes(), throughNorms);
        ResidualStream origins = ResidualStream.toOrigins(graph.dependence(), throughNorms);
        Value x = null;
        Value hidden = null;
        Value encoderInput = null;
        Value encoder = null;
        for (Value output : first.outputs()) {
            Set<Value> sources = stream.sources(output);
            Value fromLatents = pick(graph, sources, origins, true);
            Value fromText = pick(graph, sources, origins, false);
            if (fromLatents != null && hidden == null) {
                hidden = output;
                x = fromLatents;
            } else if (fromLatents == null && fromText != null && encoder == null) {
                encoder = output;
                encoderInput = fromText;
            }
        }
        return hidden == null || x == null ? null : new ChainEntry(x, hidden, encoderInput, encoder, throughNorms);
    }

    /** The first source that does, or does not, come from the latents. */
    private static @Nullable Value pick(
            AnalyzedGraph graph, Set<Value> sources, ResidualStream origins, boolean fromLatents) {
        Value latents = graph.latents();
        for (Value source : sources) {
            boolean dependsOnLatents = latents == null
                    || origins.sources(source).stream()
                            .anyMatch(origin -> graph.dependence().dependsOn(origin, latents));
            if (dependsOnLatents == fromLatents) {
                return source;
            }
        }
        return null;
    }
}
