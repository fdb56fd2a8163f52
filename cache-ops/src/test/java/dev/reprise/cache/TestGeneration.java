package dev.reprise.cache;

import dev.reprise.cache.math.Fragment;
import dev.reprise.cache.math.FragmentRunner;
import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.math.TensorMath;
import dev.reprise.cache.policy.NoCache;
import dev.reprise.graph.bundle.Manifest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One context of one generation on a {@link ToyModel}, with and without a policy. */
public final class TestGeneration {
    private final OrtFragments ort;
    private final ToyModel model;
    private final BoundPolicy policy;
    private final PolicyState state;
    private final TestCache cache = new TestCache();
    private final List<TestStep> steps = new ArrayList<>();
    private final int count;
    private int rows = 1;

    public TestGeneration(OrtFragments ort, ToyModel model, CachePolicy policy, int count) {
        this.ort = ort;
        this.model = model;
        Manifest manifest = model.manifest();
        this.policy = policy.bind(manifest);
        this.state = this.policy.state().get();
        this.count = count;
    }

    /** Batch of so many images. */
    public TestGeneration batch(int rows) {
        this.rows = rows;
        return this;
    }

    public TestCache cache() {
        return cache;
    }

    PolicyState state() {
        return state;
    }

    /** The steps so far. */
    public TestStep step(int index) {
        return steps.get(index);
    }

    /** Runs the next step at this timestep on latents that all have one value. */
    public float[] run(double timestep, float latents) {
        return run(steps.size(), timestep, latents);
    }

    /** Runs this step, which may be one that ran before. */
    public float[] run(int index, double timestep, float latents) {
        cache.nextStep();
        TestStep step = new TestStep(
                model, new TensorMath(new Guard()), index, count, timestep, inputs(latents), cache, policy);
        steps.add(step);
        return OrtFragments.values(step.run(state));
    }

    /** The output of the same step with everything computed. */
    public float[] uncached(double timestep, float latents) {
        BoundPolicy none = NoCache.builder().build().bind(model.manifest());
        TestStep step =
                new TestStep(model, new TensorMath(ort), 0, count, timestep, inputs(latents), new TestCache(), none);
        return OrtFragments.values(step.run(none.state().get()));
    }

    /** How each step so far decided about a subject. */
    public List<Decision> decisions(String subject) {
        return steps.stream()
                .map(step -> step.decisions().get(subject).decision())
                .toList();
    }

    public List<Decision> decisions(Subject subject) {
        return decisions(subject.id());
    }

    public List<String> reasons(Subject subject) {
        return reasons(subject.id());
    }

    public List<String> reasons(String subject) {
        return steps.stream()
                .map(step -> step.decisions().get(subject).reason().toString())
                .toList();
    }

    private Map<String, Tensor> inputs(float latents) {
        long[] shape = {rows, 1, 4, 4};
        float[] values = new float[rows * 16];
        float[] text = new float[rows * 16];
        float[] timesteps = new float[rows];
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < 16; i++) {
                // Rows and pixels differ, so that halves and frequencies can be told apart.
                values[16 * row + i] = latents * (1 + 0.3f * i + 0.7f * row);
                text[16 * row + i] = 0.5f + 0.01f * i;
            }
        }
        return Map.of(
                "hidden_states", ort.tensor(shape, values),
                "encoder_hidden_states", ort.tensor(shape, text),
                "timestep", ort.tensor(new long[] {rows}, timesteps));
    }

    /** Runs fragments on tensors that are still there only. */
    private final class Guard implements FragmentRunner {
        @Override
        public List<Tensor> run(Fragment fragment, List<Tensor> inputs) {
            inputs.forEach(cache::requireAlive);
            return ort.run(fragment, inputs);
        }

        @Override
        public Tensor floats(float... values) {
            return ort.floats(values);
        }

        @Override
        public float figure(Fragment fragment, List<Tensor> inputs) {
            inputs.forEach(cache::requireAlive);
            return ort.figure(fragment, inputs);
        }
    }
}
