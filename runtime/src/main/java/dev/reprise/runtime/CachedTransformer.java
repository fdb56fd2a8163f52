package dev.reprise.runtime;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cache.CachePolicy;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.ort.Closing;
import dev.reprise.ort.LiveTensors;
import dev.reprise.ort.provider.ProviderUnavailableException;
import dev.reprise.runtime.api.DenoisingModel;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import dev.reprise.runtime.api.StepListener;
import dev.reprise.runtime.api.StepTrace;
import dev.reprise.runtime.api.Summary;
import dev.reprise.runtime.session.LoadedModel;
import dev.reprise.runtime.step.Generation;
import dev.reprise.runtime.tensor.SharedResults;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A cut model, loaded from a bundle, that takes the place of an {@code OrtSession} of the original model in a denoising loop.
 *
 * <pre>{@code
 * try (CachedTransformer transformer = CachedTransformer.open(bundle, SessionSettings.cpu())) {
 *     transformer.enableCache(policy);
 *     for (int i = 0; i < steps; i++) {
 *         try (CacheContext branch = transformer.cacheContext("cond");
 *                 Outputs outputs = transformer.run(Step.at(i, steps), inputs)) {
 *             outputs.get("sample");
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>One instance is one generation and is used by one thread at a time. {@link #newGeneration} makes further ones on the same
 * sessions, for other threads. Each is closed by itself; the last one closes the sessions.
 */
public final class CachedTransformer implements DenoisingModel {
    private final Generation generation;
    private final AtomicReference<@Nullable Thread> user = new AtomicReference<>();
    private volatile boolean closed;
    /** Whether it computed a step since it was made or reset. */
    private boolean computing;

    private CachedTransformer(LoadedModel model, @Nullable SharedResults shared) {
        generation = new Generation(model, shared);
    }

    /**
     * Loads a bundle.
     *
     * @throws dev.reprise.graph.InvalidModelException when it is damaged, of a newer format, or its weights changed
     * @throws ProviderUnavailableException when the execution provider cannot be used here
     */
    public static CachedTransformer open(Path bundle, SessionSettings settings) {
        LoadedModel model = LoadedModel.open(bundle, settings);
        return new CachedTransformer(model, model.sharedResults());
    }

    /**
     * Enables one policy, or several that provide different tensors.
     *
     * @throws IllegalStateException when caching is enabled already
     * @throws IllegalArgumentException when two policies provide the same tensor
     * @throws dev.reprise.cache.UnsupportedPolicyException when a policy cannot work on this model
     */
    public void enableCache(CachePolicy... policies) {
        Objects.requireNonNull(policies, "policies must be given, was null");
        for (CachePolicy policy : policies) {
            Objects.requireNonNull(policy, "no policy may be null");
        }
        use(() -> generation.enable(List.of(policies)));
    }

    /** Disables all policies and drops what they kept. Exact caching stays: it changes no result. */
    public void disableCache() {
        use(generation::disable);
    }

    public boolean isCacheEnabled() {
        return use(generation::isEnabled);
    }

    /**
     * Begins a new generation: drops everything kept in all contexts, and the trace. Policies stay enabled, and what generations share
     * stays within its limit. When no other generation
     * is under way in the process, memory that no tensor occupies goes back to the operating system.
     */
    public void resetCache() {
        use(() -> new Closing().add(generation::reset).add(this::stopComputing).finish());
    }

    /** Runs belong to this context until the scope is closed. Without one they belong to the context {@code default}. */
    public CacheContext cacheContext(String name) {
        Objects.requireNonNull(name, "the name of the context must be given, was null");
        return new CacheContext(this, name, use(() -> generation.switchTo(name)));
    }

    void leave(String name, String before) {
        use(() -> {
            if (!generation.current().equals(name)) {
                throw new IllegalStateException("context '" + name + "' is closed while '" + generation.current()
                        + "' is open: contexts close in the opposite order");
            }
            generation.switchTo(before);
        });
    }

    @Override
    public List<TensorSpec> inputs() {
        return manifest().inputs();
    }

    @Override
    public List<TensorSpec> outputs() {
        return manifest().outputs();
    }

    @Override
    public Outputs run(Step step, Map<String, ? extends OnnxTensor> inputs) {
        Objects.requireNonNull(step, "the step must be given, was null");
        Objects.requireNonNull(inputs, "the inputs must be given, were null");
        return use(() -> {
            startComputing();
            return generation.run(step, inputs);
        });
    }

    private void startComputing() {
        if (!computing) {
            computing = true;
            generation.model().generationBegins();
        }
    }

    private void stopComputing() {
        if (computing) {
            computing = false;
            generation.model().generationEnds();
        }
    }

    /**
     * Tells somebody about every step of this generation from now on, after it was computed and on the thread that runs it. The trace
     * keeps only the last ones. A second call replaces the first. What the listener throws fails the step.
     */
    public void onStep(Consumer<StepTrace> listener) {
        Objects.requireNonNull(listener, "the listener must be given, was null");
        use(() -> generation.onStep(listener));
    }

    /** Tells one more listener about every step of this generation from now on. Further generations have their own. */
    public void addListener(StepListener listener) {
        Objects.requireNonNull(listener, "the listener must be given, was null");
        use(() -> generation.addListener(listener));
    }

    /** Tells a listener no more. */
    public void removeListener(StepListener listener) {
        use(() -> generation.removeListener(listener));
    }

    /**
     * {@code Σ cᵢ·tᵢ} where the model runs: a sampler's update ({@code x + Δσ·v}) or guidance ({@code u + w·(c − u)}) on tensors that
     * stay on the device.
     *
     * @param coefficients one for each tensor
     * @param tensors floating point, of one shape, in the memory of the device or of the CPU
     * @return a new tensor of the first one's element type where the model runs; the caller closes it
     * @throws IllegalArgumentException when shapes or counts differ
     */
    public OnnxTensor combine(float[] coefficients, OnnxTensor... tensors) {
        Objects.requireNonNull(coefficients, "the coefficients must be given, were null");
        List<OnnxTensor> given = List.of(tensors);
        return use(() -> generation.combine(coefficients.clone(), given));
    }

    /** A copy that Java can read, of a tensor in the memory of the device or of the CPU. The caller closes it. */
    public OnnxTensor toHost(OnnxTensor tensor) {
        Objects.requireNonNull(tensor, "the tensor must be given, was null");
        return use(() -> generation.toHost(tensor));
    }

    /** The timestep in inputs that the model can take; empty where they hold none. */
    OptionalDouble timestep(Map<String, ? extends OnnxTensor> inputs) {
        return use(() -> generation.timestep(inputs));
    }

    /** Reads a tensor in the memory of the CPU as it is, and a copy of one in that of the device. */
    <T> T read(OnnxTensor tensor, Function<OnnxTensor, T> reader) {
        if (!generation.model().isOnDevice(tensor)) {
            return reader.apply(tensor);
        }
        try (OnnxTensor copy = toHost(tensor)) {
            return reader.apply(copy);
        }
    }

    /** The last steps, oldest first; how many is a setting. */
    public List<StepTrace> trace() {
        return use(generation::trace);
    }

    /** All steps since the model was opened or reset. */
    public Summary summary() {
        return use(generation::summary);
    }

    public Manifest manifest() {
        return generation.model().manifest();
    }

    /** The folder that it was loaded from. */
    public Path bundle() {
        return generation.model().path();
    }

    /** What it was opened with, on the provider that was chosen. */
    public SessionSettings settings() {
        return generation.model().settings();
    }

    /** Name of the guidance branch that runs belong to now. */
    public String context() {
        return use(generation::current);
    }

    /**
     * Another generation on the same sessions, with its own policies (none at first), contexts and trace. What depends on the prompt or
     * the timestep alone is shared, by content.
     */
    public CachedTransformer newGeneration() {
        LoadedModel model = generation.model().share();
        return new CachedTransformer(model, model.sharedResults());
    }

    /**
     * As {@link #newGeneration}, but takes no results of others and leaves none: for measurements, where a second run must not find what
     * a first one computed, and for callers who must not learn from the time of a step that somebody else had the same prompt.
     */
    public CachedTransformer newIsolatedGeneration() {
        return new CachedTransformer(generation.model().share(), null);
    }

    /** Opens the sessions that the enabled policies need now rather than in the first run. Enabling and disabling may open others. */
    public void load() {
        use(generation::load);
    }

    /**
     * Gives memory that no tensor occupies back to the operating system. The end of the last generation under way, by
     * {@link #resetCache} or {@link #close}, does so by itself; this is for a process that waits in the middle of one. Any thread may call it, also while steps run. Without ONNX Runtime's C API there is nothing to give back.
     */
    public void releaseFreeMemory() {
        generation.model().releaseFreeMemory();
    }

    /** Native tensors of the loaded model that nobody has released, of all its generations. */
    LiveTensors liveTensors() {
        return generation.model().live();
    }

    /** Sessions of tensor arithmetic that are open. */
    int openFragments() {
        return generation.model().fragments().size();
    }

    /** Drops what this generation keeps. Outputs that were handed out stay the caller's. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        use(() -> {
            closed = true;
            new Closing().add(generation::close).add(this::stopComputing).finish();
        });
    }

    private void use(Runnable action) {
        use(() -> {
            action.run();
            return this;
        });
    }

    private <T> T use(Supplier<T> action) {
        Thread thread = Thread.currentThread();
        if (!user.compareAndSet(null, thread)) {
            Thread other = user.get();
            throw new IllegalStateException(
                    "this transformer is in use by thread " + (other == null ? "that just left" : other.getName())
                            + ": one generation is one thread's at a time, make another one with newGeneration()");
        }
        try {
            if (closed) {
                throw new IllegalStateException("this transformer is closed");
            }
            return generation.model().inTurn(action);
        } finally {
            user.set(null);
        }
    }
}
