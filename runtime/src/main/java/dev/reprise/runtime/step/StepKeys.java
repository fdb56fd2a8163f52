package dev.reprise.runtime.step;

import dev.reprise.ort.ContentKey;
import dev.reprise.ort.CountedTensor;
import dev.reprise.ort.LiveTensors;
import dev.reprise.runtime.exact.ExactCache;
import dev.reprise.runtime.plan.StageGraph;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The keys of the tensors of one step, also of some that are not computed yet: what a stage reads tells what it will make. */
final class StepKeys {
    private final StageGraph graph;
    private final StepTensors tensors;
    private final LiveTensors live;
    /** What stands for the run of a stage that was looked for in vain. */
    private final @Nullable ContentKey[] missed;

    StepKeys(StageGraph graph, StepTensors tensors, LiveTensors live) {
        this.graph = graph;
        this.tensors = tensors;
        this.live = live;
        missed = new @Nullable ContentKey[graph.stages()];
    }

    void begin() {
        Arrays.fill(missed, null);
    }

    /**
     * A stage has to run.
     *
     * @param run what stands for that run, null where nothing can
     */
    void miss(int stage, @Nullable ContentKey run) {
        missed[stage] = run;
    }

    /** The keys of what a stage reads, null where one of them is not known before it is computed. */
    ContentKey @Nullable [] read(int stage, ExactCache.Kept exact) {
        int[] reads = graph.flow().reads(stage);
        ContentKey[] keys = new ContentKey[reads.length];
        for (int i = 0; i < reads.length; i++) {
            ContentKey key = tensors.has(reads[i]) ? present(reads[i], exact) : expected(reads[i]);
            if (key == null) {
                return null;
            }
            keys[i] = key;
        }
        return keys;
    }

    private ContentKey present(int tensor, ExactCache.Kept exact) {
        CountedTensor found = tensors.require(tensor);
        if (graph.isInput(tensor)) {
            return exact.key(found, tensor);
        }
        ContentKey key = found.key();
        if (key == null) {
            key = live.newKey();
            found.key(key);
        }
        return key;
    }

    private @Nullable ContentKey expected(int tensor) {
        ContentKey run = graph.isInput(tensor) ? null : missed[graph.flow().producer(tensor)];
        if (run == null) {
            return null;
        }
        int position = 0;
        while (graph.flow().writes(graph.flow().producer(tensor))[position] != tensor) {
            position++;
        }
        return run.part(position);
    }
}
