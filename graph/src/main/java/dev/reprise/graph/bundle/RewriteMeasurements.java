package dev.reprise.graph.bundle;

import java.util.List;

/**
 * What rewrites gained on the machine that made a bundle. Those that lost time are not in it.
 *
 * @param provider that the segments ran on: {@code cpu}
 * @param threads of one operator, 0 for one per core
 * @param inputs what they ran with: {@code generated inputs}, or the name of a recording
 * @param rewrites each rewrite on each kind of segment, in the order of the segments
 */
public record RewriteMeasurements(String provider, int threads, String inputs, List<MeasuredRewrite> rewrites) {
    public RewriteMeasurements {
        rewrites = List.copyOf(rewrites);
    }
}
