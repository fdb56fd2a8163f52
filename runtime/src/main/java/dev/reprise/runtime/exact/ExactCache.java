package dev.reprise.runtime.exact;

import dev.reprise.ort.CountedTensor;
import dev.reprise.runtime.plan.Stage;
import dev.reprise.runtime.plan.StageGraph;
import dev.reprise.runtime.session.LoadedModel;
import dev.reprise.runtime.session.StagePlan;
import dev.reprise.runtime.tensor.CacheBudget;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Exact caching in one generation: keeps the outputs of stages that the latents do not reach and gives them back while everything
 * the stage reads is the same. Lossless, because inputs are compared by content and everything else by identity.
 *
 * <p>Each context keeps its last results; results are found across contexts, so that both guidance branches share what depends on
 * the timestep alone. Where the manifest does not say which input holds the latents, every input that ever changed counts as one.
 */
public final class ExactCache {
    private final StageGraph graph;
    private final InputContents contents;
    private final CacheBudget budget;
    private final int[][] dependsOn;
    private final boolean latentsKnown;
    private final int latents;
    private final boolean onDevice;
    private final boolean[] invariant;
    private final List<Kept> all = new ArrayList<>();
    private final List<InputContents.@Nullable Content[]> allInputs = new ArrayList<>();

    public ExactCache(LoadedModel model, StagePlan plan, CacheBudget budget) {
        graph = plan.graph();
        contents = new InputContents(model, budget);
        this.budget = budget;
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

    /** Outputs of one run of a stage and the versions of what it read. */
    public static final class Result {
        private final long[] versions;
        private final CountedTensor[] outputs;
        private int users;

        private Result(long[] versions, CountedTensor[] outputs) {
            this.versions = versions;
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
                            contents.version(stepInputs[i], i, inputs, allInputs);
                        }
                    }
                }
                return;
            }
            for (int i = 0; i < stepInputs.length; i++) {
                InputContents.Content before = inputs[i];
                long version = contents.version(stepInputs[i], i, inputs, allInputs);
                changed[i] |= before == null ? seen : before.version() != version;
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

        /** The version of a model input's content. */
        public long version(CountedTensor tensor, int input) {
            return contents.version(tensor, input, inputs, allInputs);
        }

        /** The outputs of a run that read the same, null when there was none. */
        @Nullable
        public Result find(int stage, long[] versions) {
            Result own = results[stage];
            if (own != null && Arrays.equals(own.versions, versions)) {
                return own;
            }
            for (Kept other : all) {
                Result result = other.results[stage];
                if (result != null && Arrays.equals(result.versions, versions)) {
                    use(stage, result);
                    return result;
                }
            }
            return null;
        }

        /** Keeps the outputs of a run in place of the last ones, if there is room. */
        public void keep(int stage, long[] versions, CountedTensor[] outputs) {
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
            use(stage, new Result(versions, outputs.clone()));
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
