package dev.reprise.cache;

import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.math.TensorMath;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** One evaluation of a {@link ToyModel}, strict about the order of calls. */
public final class TestStep implements DenoisingStep {
    public record Decided(Decision decision, Reason reason) {}

    private final ToyModel model;
    private final TensorMath math;
    private final int index;
    private final int count;
    private final double timestep;
    private final Map<String, Tensor> inputs;
    private final TestCache cache;
    private final BoundPolicy policy;

    private final Map<String, Tensor> provided = new HashMap<>();
    private final Map<String, Tensor> ran = new LinkedHashMap<>();
    private final Set<String> watched = new HashSet<>();
    private final Map<String, Tensor> replaced = new HashMap<>();
    private final Map<String, Decided> decisions = new LinkedHashMap<>();
    private final Map<String, Double> measured = new LinkedHashMap<>();
    private boolean finished;

    public TestStep(
            ToyModel model,
            TensorMath math,
            int index,
            int count,
            double timestep,
            Map<String, Tensor> inputs,
            TestCache cache,
            BoundPolicy policy) {
        this.model = model;
        this.math = math;
        this.index = index;
        this.count = count;
        this.timestep = timestep;
        this.inputs = new HashMap<>(inputs);
        this.cache = cache;
        this.policy = policy;
    }

    /** Runs a whole step and returns the output. */
    Tensor run(PolicyState state) {
        state.before(this);
        model.outputs().forEach(this::value);
        Tensor output = value("sample");
        finished = true;
        state.after(this);
        return replaced.getOrDefault("sample", output);
    }

    /** What was computed, in order. */
    public Set<String> ran() {
        return ran.keySet();
    }

    public Map<String, Decided> decisions() {
        return decisions;
    }

    public Map<String, Double> measured() {
        return measured;
    }

    @Override
    public void measure(String quantity, double value) {
        measured.put(quantity, value);
    }

    @Override
    public int index() {
        return index;
    }

    @Override
    public OptionalInt count() {
        return count == 0 ? OptionalInt.empty() : OptionalInt.of(count);
    }

    @Override
    public double timestep() {
        return timestep;
    }

    @Override
    public Tensor input(String name) {
        Tensor input = inputs.get(name);
        if (input == null) {
            throw new AssertionError("no input " + name);
        }
        return input;
    }

    @Override
    public void replaceInput(String name, Tensor value) {
        if (!ran.isEmpty()) {
            throw new AssertionError(name + " replaced after " + ran.keySet() + " ran");
        }
        input(name);
        inputs.put(name, value);
    }

    @Override
    public Tensor pull(String tensor) {
        requireDeclared(tensor);
        // A runtime lets go of what no segment will read any more.
        if (ran.containsKey(tensor) && !watched.contains(tensor)) {
            throw new AssertionError(tensor + " pulled too late: it was computed for another tensor");
        }
        watched.add(tensor);
        return value(tensor);
    }

    private void requireDeclared(String tensor) {
        if (!policy.provides().contains(tensor) && !policy.watches().contains(tensor)) {
            throw new AssertionError(tensor + " named, but the policy declared " + policy);
        }
    }

    /** What a part of the model reads. */
    public Tensor value(String tensor) {
        if (provided.containsKey(tensor)) {
            return provided.get(tensor);
        }
        if (!ran.containsKey(tensor)) {
            if (finished) {
                throw new AssertionError(tensor + " pulled after the step, it was not computed");
            }
            Tensor value = model.compute(tensor, this);
            ran.put(tensor, value);
        }
        return ran.get(tensor);
    }

    @Override
    public void provide(String tensor, Tensor value) {
        if (finished || ran.containsKey(tensor)) {
            throw new AssertionError(tensor + " provided after it was computed");
        }
        if (!policy.provides().contains(tensor)) {
            throw new AssertionError(tensor + " provided, but the policy declared " + policy.provides());
        }
        if (provided.put(tensor, value) != null) {
            throw new AssertionError(tensor + " provided twice");
        }
    }

    @Override
    public void observe(String tensor) {
        requireDeclared(tensor);
        if (finished) {
            throw new AssertionError(tensor + " observed after the step");
        }
        // Too late for what was computed on the way to another tensor.
        if (!ran.containsKey(tensor)) {
            watched.add(tensor);
        }
    }

    @Override
    public Tensor computed(String tensor) {
        requireDeclared(tensor);
        return watched.contains(tensor) ? ran.get(tensor) : null;
    }

    @Override
    public Tensor output(String name) {
        if (!finished) {
            throw new AssertionError(name + " asked for before the step ran");
        }
        return value(name);
    }

    @Override
    public void replaceOutput(String name, Tensor value) {
        output(name);
        replaced.put(name, value);
    }

    @Override
    public TensorMath math() {
        return math;
    }

    @Override
    public Cache cache() {
        return cache;
    }

    @Override
    public void decide(String subject, Decision decision, Reason reason) {
        if (decisions.put(subject, new Decided(decision, reason)) != null) {
            throw new AssertionError(subject + " decided twice");
        }
    }
}
