package dev.reprise.runtime.plan;

import dev.reprise.graph.bundle.BlockChain;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Segment;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where the stages of a large model are cut whatever policies are enabled: at the streams that enter the first transformer block,
 * leave it, and leave the last one. Most policies look at some of these and nowhere else, so that a change between them, or from
 * none to one of them, opens few sessions or none.
 *
 * <pre>
 *   embeddings ─▶ h⁰ ─▶ first block ─▶ h¹ ─▶ all other blocks ─▶ h^L ─▶ projection
 * </pre>
 */
public final class StandingCuts {
    /** Below that a session opens within some ten milliseconds, and one more of them is felt in the short steps. */
    static final long LARGE = 64 << 20;

    private StandingCuts() {}

    /** Names of the tensors, none for a small model or one without a chain of blocks. */
    public static Set<String> of(Manifest manifest) {
        BlockChain chain = manifest.chain();
        long weights =
                manifest.segments().stream().mapToLong(Segment::weightBytes).sum();
        if (chain == null || weights < LARGE) {
            return Set.of();
        }
        Set<String> inputs =
                manifest.inputs().stream().map(input -> input.name()).collect(Collectors.toSet());
        return Stream.of(
                        chain.hiddenStates(),
                        chain.encoderHiddenStates(),
                        chain.first().hiddenStates(),
                        chain.first().encoderHiddenStates(),
                        chain.last().hiddenStates(),
                        chain.last().encoderHiddenStates())
                .filter(Objects::nonNull)
                .filter(tensor -> !inputs.contains(tensor))
                .collect(Collectors.toUnmodifiableSet());
    }
}
