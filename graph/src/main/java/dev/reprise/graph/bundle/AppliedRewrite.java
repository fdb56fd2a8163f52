package dev.reprise.graph.bundle;

/**
 * A rewrite that made a segment another graph than the exporter's: equal up to rounding, faster.
 *
 * @param rewrite its name: {@code fuse_attention}
 * @param segment file of the segment
 * @param count how often it fired there
 */
public record AppliedRewrite(String rewrite, String segment, int count) {
    public AppliedRewrite {
        if (count < 1) {
            throw new IllegalArgumentException("count must be at least 1, was " + count);
        }
    }
}
