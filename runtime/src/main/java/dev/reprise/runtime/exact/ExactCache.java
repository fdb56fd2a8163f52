package dev.reprise.runtime.exact;

import dev.reprise.ort.ContentKey;
import dev.reprise.ort.CountedTensor;
import dev.reprise.runtime.plan.Stage;
import dev.reprise.runtime.plan.StageGraph;
import dev.reprise.runtime.session.LoadedModel;
import dev.reprise.runtime.session.StagePlan;
import dev.reprise.runtime.tensor.CacheBudget;
import dev.reprise.runtime.tensor.SharedResults;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Exact caching: keeps the outputs of stages that the latents do not reach and gives them back while everything the stage reads is
 * the same. Lossless, because inputs are compared by content, and computed tensors by what they were computed from.
 *
 * <p>Each context keeps its last results; results are found across contexts, so that both guidance branches share what depends on
 * the timestep alone. What no context has may be among the {@link SharedResults} of all generations, and what is computed is offered
 * there. Where the manifest does not say which input holds the latents, every input that ever changed counts as one.
 */
public final class ExactCache {
    private final StageGraph graph;
    private final InputContents contents;
    private final CacheBudget budget;
    private final @Nullable SharedResults shared;
    private final LoadedModel model;
    private final StagePlan plan;
    private final int[][] dependsOn;
    private final boolean latentsKnown;
    private final int latents;
    private final boolean onDevice;
    private final boolean[] invariant;
    private final List<Kept> all = new ArrayList<>();
    private final List<InputContents.@Nullable Content[]> allInputs = new ArrayList<>();
    /** Of the denoising loop under way, among all of the model. */
    private long generation;

    /** @param shared results of all generations, null to take and leave none */
    public ExactCache(LoadedModel model, StagePlan plan, CacheBudget budget, @Nullable SharedResults shared) {
        graph = plan.graph();
        contents = new InputContents(model, budget, shared != null);
        this.model = model;
        this.plan = plan;
        this.budget = budget;
        this.shared = shared;
        begin();
        onDevice = model.isOnDevice();
        String latentsName = model.manifest().roles().latents();
        latentsKnown = latentsName != null;
        latents = latentsName == null ? -1 : graph.index(latentsName);
        dependsOn = new int[graph.stages()][];
        invariant = new boolean[graph.stages()];
        for (int s = 0; s < dependsOn.length; s++) {
            Stage stage = plan.stages().get(s);
            dependsOn[s] = stage.dependsOn().stream().mapToInt(graph::index).toArray();
            invariant[s] = latentsKnown && !stage.dependsOn().contains(latentsName);
        }
    }

    /** Another denoising loop begins. */
    public void begin() {
        generation = shared == null ? 0 : shared.begin();
    }

    /** Outputs of one run of a stage and the keys of what it read. */
    public static final class Result {
        private final ContentKey[] reads;
        private final CountedTensor[] outputs;
        private int users;

        private Result(ContentKey[] reads, CountedTensor[] outputs) {
            this.reads = reads;
            this.outputs = outputs;
        }

        public CountedTensor[] outputs() {
            return outputs;
        }
    }

    /** What one context keeps. */
    public final class Kept {
        private final @Nullable Result[] results = new @Nullable Result[graph.stages()];
        private final InputContents.@Nullable Content[] inputs = new InputContents.@Nullable Content[graph.inputs()];
        private final boolean[] changed = new boolean[graph.inputs()];
        private boolean[] keeps = invariant;
        private boolean seen;

        /**
         * Before a step: learns which inputs change, where the manifest does not say it, and which need not go to a device because
         * they are there.
         */
        public void observe(CountedTensor[] stepInputs) {
            if (latentsKnown) {
                if (onDevice) {
                    for (int i = 0; i < stepInputs.length; i++) {
                        if (i != latents) {
                            contents.key(stepInputs[i], i, inputs, allInputs);
                        }
                    }
                }
                return;
            }
            for (int i = 0; i < stepInputs.length; i++) {
                if (!changed[i]) {
                    InputContents.Content before = inputs[i];
                    ContentKey key = contents.key(stepInputs[i], i, inputs, allInputs);
                    changed[i] = before == null ? seen : !before.key().equals(key);
                }
            }
            if (seen) {
                keeps = unchanged(changed);
                for (int s = 0; s < keeps.length; s++) {
                    if (!keeps[s]) {
                        drop(s);
                    }
                }
            }
            seen = true;
        }

        /** Whether the results of this stage are worth keeping. */
        public boolean keeps(int stage) {
            return keeps[stage];
        }

        /** The key of a model input's content. */
        public ContentKey key(CountedTensor tensor, int input) {
            return contents.key(tensor, input, inputs, allInputs);
        }

        /** The outputs of a run in this generation that read the same, null when there was none. */
        @Nullable
        public Result find(int stage, ContentKey[] reads) {
            Result own = results[stage];
            if (own != null && Arrays.equals(own.reads, reads)) {
                return own;
            }
            for (Kept other : all) {
                Result result = other.results[stage];
                if (result != null && Arrays.equals(result.reads, reads)) {
                    use(stage, result);
                    return result;
                }
            }
            return null;
        }

        /**
         * The outputs of a run in any generation of the model that read the same, null when there is none. They are kept in place of the
         * last ones, if there is room, and the caller becomes an owner of each.
         */
        public CountedTensor @Nullable [] findShared(int stage, ContentKey[] reads) {
            ContentKey run = run(stage, reads);
            CountedTensor[] outputs = run == null || shared == null ? null : shared.find(run, generation);
            if (outputs != null) {
                keep(stage, reads, outputs);
            }
            return outputs;
        }

        /** What stands for a run of a stage on these inputs; null where other generations cannot have the same, or are not to. */
        @Nullable
        public ContentKey run(int stage, ContentKey[] reads) {
            if (shared == null) {
                return null;
            }
            for (ContentKey read : reads) {
                if (read.isUnique()) {
                    return null;
                }
            }
            return plan.key(stage).applied(reads);
        }

        /** Keeps the outputs of a run in place of the last ones, if there is room, and offers them to other generations. */
        public void ran(int stage, ContentKey[] reads, CountedTensor[] outputs) {
            ContentKey run = run(stage, reads);
            if (run != null && shared != null) {
                for (int i = 0; i < outputs.length; i++) {
                    outputs[i].key(run.part(i));
                }
                shared.offer(run, outputs, generation, () -> model.hold(plan, stage));
            }
            keep(stage, reads, outputs);
        }

        private void keep(int stage, ContentKey[] reads, CountedTensor[] outputs) {
            drop(stage);
            for (int i = 0; i < outputs.length; i++) {
                if (!budget.fits(outputs[i], null)) {
                    for (int kept = 0; kept < i; kept++) {
                        budget.drop(outputs[kept]);
                    }
                    return;
                }
                budget.keep(outputs[i]);
            }
            use(stage, new Result(reads, outputs.clone()));
        }

        private void use(int stage, Result result) {
            result.users++;
            drop(stage);
            results[stage] = result;
        }

        private void drop(int stage) {
            Result result = results[stage];
            results[stage] = null;
            if (result != null && --result.users == 0) {
                for (CountedTensor output : result.outputs) {
                    budget.drop(output);
                }
            }
        }

        public void clear() {
            for (int s = 0; s < results.length; s++) {
                drop(s);
            }
            for (int i = 0; i < inputs.length; i++) {
                contents.drop(i, inputs);
            }
            all.remove(this);
            allInputs.remove(inputs);
        }
    }

    public Kept newKept() {
        Kept kept = new Kept();
        all.add(kept);
        allInputs.add(kept.inputs);
        return kept;
    }

    private boolean[] unchanged(boolean[] changed) {
        boolean[] unchanged = new boolean[dependsOn.length];
        for (int s = 0; s < unchanged.length; s++) {
            unchanged[s] = true;
            for (int input : dependsOn[s]) {
                unchanged[s] &= !changed[input];
            }
        }
        return unchanged;
    }
}
