package dev.reprise.graph.bundle;

import java.util.List;
import java.util.Optional;

/**
 * The skip connections of a UNet, from the output inwards.
 *
 * <pre>
 *   conv_in ──────────────── from ───────────────▶ into ─▶ conv_out      block 0, layer 0
 *     └▶ down block 0 ────── from ──────▶ into ─▶ ┘ entering             block 0, layer 1
 *          └▶ down block 1 ─▶ mid ─▶ up … ┘ entering
 * </pre>
 *
 * @param skips every skip connection, the one nearest to the output first
 */
public record UNet(List<Skip> skips) {
    public UNet {
        skips = List.copyOf(skips);
        if (skips.isEmpty()) {
            throw new IllegalArgumentException("a UNet needs at least one skip connection");
        }
    }

    /** Number of up blocks: resolutions at which skip connections end. */
    public int blocks() {
        return skips.get(skips.size() - 1).block() + 1;
    }

    /**
     * The skip connection into a layer of an up block. A layer beyond the block's last one counts as that.
     *
     * @return empty where there is no such block
     */
    public Optional<Skip> skip(int block, int layer) {
        return skips.stream()
                .filter(skip -> skip.block() == block && skip.layer() <= layer)
                .reduce((before, deeper) -> deeper);
    }

    /**
     * A skip connection and what it joins.
     *
     * @param block number of the up block, counted from the output
     * @param layer number of the layer in that block, counted from the output
     * @param from the module it comes from: {@code down_blocks.0.resnets.1}; "" where modules have no names
     * @param into the layer that reads both: {@code up_blocks.3.resnets.1}; "" where modules have no names
     * @param entering the tensor that it is joined to, which comes from deeper inside
     */
    public record Skip(int block, int layer, String from, String into, String entering) {}
}
