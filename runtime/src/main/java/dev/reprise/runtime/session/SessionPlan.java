package dev.reprise.runtime.session;

import dev.reprise.graph.bundle.Manifest;
import dev.reprise.runtime.plan.SegmentGraph;
import dev.reprise.runtime.plan.SegmentGroup;
import java.util.BitSet;
import java.util.List;

/**
 * The sessions that one set of enabled policies needs, and how tensors run between them. Shared by generations with the same needs;
 * closed by the loaded model.
 */
public final class SessionPlan {
    private final List<SegmentGroup> groups;
    private final SegmentGraph graph;
    private final List<SharedSession> sessions;

    SessionPlan(Manifest manifest, List<SegmentGroup> groups, List<SharedSession> sessions) {
        this.groups = groups;
        this.graph = new SegmentGraph(manifest, groups);
        this.sessions = sessions;
    }

    public SegmentGraph graph() {
        return graph;
    }

    public List<SegmentGroup> groups() {
        return groups;
    }

    public List<SharedSession> sessions() {
        return sessions;
    }

    /** The sessions for one generation. */
    public SegmentSession[] segmentSessions() {
        SegmentSession[] segments = new SegmentSession[groups.size()];
        for (int g = 0; g < segments.length; g++) {
            SegmentGroup group = groups.get(g);
            segments[g] = new SegmentSession(
                    sessions.get(g).session(),
                    sessions.get(g).name(),
                    group.inputs().toArray(String[]::new),
                    group.outputs().toArray(String[]::new));
        }
        return segments;
    }

    /** The segments in these groups. */
    public BitSet segments(BitSet chosen) {
        return SegmentGroup.members(groups, chosen);
    }
}
