package org.example.pipeline;

import java.util.List;

/** A shift that grows with the picture: on a line through two points (patches, shift), as diffusers' Stable Diffusion 3 pipeline has it. */
final class DynamicShift {
    /** Read from the configuration of any scheduler. */
    static final List<String> FIELDS = List.of("base_image_seq_len", "max_image_seq_len", "base_shift", "max_shift");

    private DynamicShift() {}

    static double mu(ConfigFile config, int imageTokens) {
        double fewest = config.number("base_image_seq_len", 256);
        double most = config.number("max_image_seq_len", 4096);
        double least = config.number("base_shift", 0.5);
        // The scheduler has a default of its own. Where it knows no such field, the pipeline's is 1.16.
        double greatest =
                config.number("max_shift", config.word("_class_name", "").equals(FlowMatchEuler.CLASS) ? 1.15 : 1.16);
        double slope = (greatest - least) / (most - fewest);
        return imageTokens * slope + least - slope * fewest;
    }
}
