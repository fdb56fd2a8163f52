package dev.reprise.graph.bundle;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The transformer blocks in execution order and the residual stream through them.
 *
 * @param hiddenStates {@code x}, the hidden states entering the first block
 * @param encoderHiddenStates {@code e⁰}, the encoder (text) stream entering the first block, null where there is none
 * @param modulatedInput the first block's input after its timestep modulation (what TeaCache probes), null where not found
 * @param blocks every block
 */
public record BlockChain(
        String hiddenStates,
        @Nullable String encoderHiddenStates,
        @Nullable String modulatedInput,
        List<Block> blocks) {

    public BlockChain {
        blocks = List.copyOf(blocks);
        if (blocks.isEmpty()) {
            throw new IllegalArgumentException("a chain of blocks needs at least one block");
        }
    }

    public Block first() {
        return blocks.get(0);
    }

    public Block last() {
        return blocks.get(blocks.size() - 1);
    }

    /**
     * What the model adds to the hidden states on their way from {@code h^from} to {@code h^to}, in order; {@code h⁰} is {@code x}.
     */
    public List<String> addedBetween(int from, int to) {
        return blocks.subList(Math.max(0, from - 1), to - 1).stream()
                .flatMap(block -> block.added().stream())
                .toList();
    }

    /**
     * One block and the streams after it.
     *
     * @param path module path, {@code transformer_blocks.3}
     * @param hiddenStates {@code h^k}
     * @param encoderHiddenStates {@code e^k}, null where the block has no encoder output, or an unused one
     * @param added what the model adds to {@code h^k} before the next block reads it, in order: control hints. Left out of the
     *     JSON where there is nothing
     */
    public record Block(
            String path,
            String hiddenStates,
            @Nullable String encoderHiddenStates,

            @JsonInclude(JsonInclude.Include.NON_EMPTY) @JsonSetter(nulls = Nulls.AS_EMPTY)
            List<String> added) {

        public Block {
            added = List.copyOf(added);
        }

        /** A block after which nothing is added. */
        public Block(String path, String hiddenStates, @Nullable String encoderHiddenStates) {
            this(path, hiddenStates, encoderHiddenStates, List.of());
        }
    }
}
