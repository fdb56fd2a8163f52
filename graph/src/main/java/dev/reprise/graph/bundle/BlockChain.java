package dev.reprise.graph.bundle;

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
     * One block and the streams after it.
     *
     * @param path module path, {@code transformer_blocks.3}
     * @param hiddenStates {@code h^k}
     * @param encoderHiddenStates {@code e^k}, null where the block has no encoder output or nobody uses it
     */
    public record Block(
            String path, String hiddenStates, @Nullable String encoderHiddenStates) {}
}
