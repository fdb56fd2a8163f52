package dev.reprise.runtime.session;

import dev.reprise.graph.bundle.Manifest;
import dev.reprise.ort.Closing;
import dev.reprise.ort.ContentKey;
import dev.reprise.ort.ModelSession;
import dev.reprise.ort.SessionRun;
import dev.reprise.ort.Transfers;
import dev.reprise.runtime.plan.Stage;
import dev.reprise.runtime.plan.StageGraph;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * The stages that one set of enabled policies needs, their sessions, and how tensors run between them. Sessions are shared by
 * generations with the same needs; the loaded model closes them.
 */
public final class StagePlan {
    private final List<Stage> stages;
    private final StageGraph graph;
    private final List<ModelSession> sessions;
    private final List<ContentKey> keys;

    StagePlan(Manifest manifest, List<Stage> stages, List<ModelSession> sessions) {
        this.stages = stages;
        this.graph = new StageGraph(manifest, stages);
        this.sessions = sessions;
        keys = stages.stream()
                .map(stage -> ContentKey.of(stage.segments(), stage.outputs()))
                .toList();
    }

    public StageGraph graph() {
        return graph;
    }

    public List<Stage> stages() {
        return stages;
    }

    public List<ModelSession> sessions() {
        return sessions;
    }

    /** Stands for what a stage computes: equal for the same stage of another plan of the model. */
    public ContentKey key(int stage) {
        return keys.get(stage);
    }

    /** Runs of the stages for one generation, which closes them. */
    public SessionRun[] open(Transfers transfers) {
        List<SessionRun> opened = new ArrayList<>();
        try {
            for (int s = 0; s < stages.size(); s++) {
                Stage stage = stages.get(s);
                opened.add(sessions.get(s).newRun(stage.inputs(), stage.outputs(), transfers));
            }
            return opened.toArray(SessionRun[]::new);
        } catch (RuntimeException e) {
            Closing closing = new Closing();
            opened.forEach(closing::add);
            throw e;
        }
    }

    /** The segments in these stages. */
    public BitSet segments(BitSet chosen) {
        BitSet segments = new BitSet();
        chosen.stream().forEach(stage -> stages.get(stage).segments().forEach(segments::set));
        return segments;
    }
}
