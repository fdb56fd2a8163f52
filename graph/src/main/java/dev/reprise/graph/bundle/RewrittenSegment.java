package dev.reprise.graph.bundle;

import com.google.common.collect.ImmutableSortedMap;
import java.util.Map;

/**
 * A second model of a segment, which computes the same up to rounding in less time. The segment's own model stays beside it.
 *
 * @param segment file of the segment's own model
 * @param file file of the rewritten one
 * @param rewrites how often each rewrite fired: {@code fuse_attention} 1
 */
public record RewrittenSegment(String segment, String file, Map<String, Integer> rewrites) {
    public RewrittenSegment {
        rewrites = ImmutableSortedMap.copyOf(rewrites);
    }
}
