package dev.reprise.optimizer.locate;

import dev.reprise.graph.ModulePath;
import java.util.List;

/**
 * A list of transformer blocks.
 *
 * @param path of the list: {@code transformer_blocks}
 * @param blocks in order of their index, at least one
 * @param isIdentified whether the reference's identifiers or the user's own find it
 * @param isInChain whether its blocks are part of the chain
 */
public record BlockList(ModulePath path, List<LocatedModule> blocks, boolean isIdentified, boolean isInChain) {
    public BlockList {
        blocks = List.copyOf(blocks);
    }

    BlockList inChain() {
        return new BlockList(path, blocks, isIdentified, true);
    }

    int nodes() {
        return blocks.stream().mapToInt(block -> block.nodes().size()).sum();
    }
}
