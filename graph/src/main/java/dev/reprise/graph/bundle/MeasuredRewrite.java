package dev.reprise.graph.bundle;

/**
 * One rewrite on one kind of segment: those with the same operators and the same shapes.
 *
 * @param rewrite its name: {@code fuse_attention}
 * @param segment file of the segment that was measured
 * @param segments how many are of its kind, itself among them
 * @param ratio time with the rewrite over time without, the median of all rounds
 * @param rounds how often both were measured, in turns
 * @param kept whether the bundle has the rewrite in these segments: where the ratio is 1 or less
 */
public record MeasuredRewrite(String rewrite, String segment, int segments, double ratio, int rounds, boolean kept) {
    public MeasuredRewrite {
        if (segments < 1 || rounds < 1 || !(ratio > 0)) {
            throw new IllegalArgumentException(
                    rewrite + ": segments, rounds and the ratio of times must be above 0, were " + segments + ", "
                            + rounds + " and " + ratio);
        }
    }
}
