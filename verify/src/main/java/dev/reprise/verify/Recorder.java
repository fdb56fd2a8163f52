package dev.reprise.verify;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.graph.recording.Recording;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.DenoisingModel;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.Step;
import dev.reprise.runtime.api.StepTrace;
import dev.reprise.verify.record.CapturedSteps;
import dev.reprise.verify.record.CapturedSteps.Captured;
import dev.reprise.verify.run.Tensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;

/**
 * Records a real generation of an application. It takes the model's place in the loop:
 *
 * <pre>{@code
 * try (Recorder recorder = Recorder.wrap(transformer, Path.of("recording"))) {
 *     sampler.generate(recorder, prompt);
 *     recorder.finish();
 * }
 * }</pre>
 *
 * <p>What is recorded is what ran: inputs and outputs of every evaluation without a policy, of one guidance branch. {@code reprise record
 * model.onnx --inputs recording -p fbc …} records policies on the same inputs. The folder appears when {@link #finish} is called: never half
 * a recording. Tensors wait in memory until then, those that do not change once; the number of bytes has a limit.
 */
public final class Recorder implements DenoisingModel {
    private static final long MOST_BYTES = 1L << 30;

    private final CachedTransformer model;
    private final Path directory;
    private final CapturedSteps captured = new CapturedSteps();
    private final Set<String> contexts = new TreeSet<>();
    private final Set<Integer> steps = new TreeSet<>();
    private String context = "default";
    private long most = MOST_BYTES;
    private boolean full;

    private Recorder(CachedTransformer model, Path directory) {
        this.model = model;
        this.directory = directory;
    }

    /**
     * Of a model without policies.
     *
     * @param directory a folder that does not exist or is empty
     */
    public static Recorder wrap(CachedTransformer model, Path directory) {
        return new Recorder(
                Objects.requireNonNull(model, "the model must be given, was null"),
                Objects.requireNonNull(directory, "the directory must be given, was null"));
    }

    /** Records the steps of this guidance branch; those of others run and are not recorded. */
    public Recorder context(String name) {
        context = name;
        return this;
    }

    /** Records these denoising steps only. */
    public Recorder steps(int... indices) {
        for (int index : indices) {
            steps.add(index);
        }
        return this;
    }

    /** Holds at most so many bytes of tensors. The step that would need more, and those behind it, run and are not recorded. */
    public Recorder maxBytes(long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("the most bytes must be positive, was " + bytes);
        }
        most = bytes;
        return this;
    }

    @Override
    public List<TensorSpec> inputs() {
        return model.inputs();
    }

    @Override
    public List<TensorSpec> outputs() {
        return model.outputs();
    }

    /** How many evaluations are recorded so far. */
    public int recorded() {
        return captured.steps();
    }

    /** Whether a step was left out because of {@link #maxBytes}. */
    public boolean isFull() {
        return full;
    }

    @Override
    public Outputs run(Step step, Map<String, ? extends OnnxTensor> inputs) {
        if (model.isCacheEnabled()) {
            throw new IllegalStateException("a recording is of a run without a policy, whose outputs are the reference:"
                    + " call disableCache first, then record policies on it with 'reprise record --inputs'");
        }
        String present = model.context();
        contexts.add(present);
        boolean wanted = !full && present.equals(context) && (steps.isEmpty() || steps.contains(step.index()));
        if (!wanted) {
            return model.run(step, inputs);
        }
        // Callers may reuse the memory of an input for the next one.
        Map<String, StoredTensor> read = new LinkedHashMap<>();
        for (TensorSpec spec : model.inputs()) {
            OnnxTensor given = inputs.get(spec.name());
            if (given != null) {
                read.put(spec.name(), copy(given));
            }
        }
        Outputs outputs = model.run(step, inputs);
        try {
            Map<String, StoredTensor> made = new LinkedHashMap<>();
            outputs.names().forEach(name -> made.put(name, copy(outputs.get(name))));
            List<StepTrace> trace = model.trace();
            OptionalDouble timestep = trace.get(trace.size() - 1).timestep();
            full = !captured.add(new Captured(timestep, read, made), most);
            return outputs;
        } catch (RuntimeException | Error e) {
            outputs.close();
            throw e;
        }
    }

    private StoredTensor copy(OnnxTensor tensor) {
        try (OnnxTensor readable = model.toHost(tensor)) {
            return Tensors.fromNative(readable);
        }
    }

    /**
     * Writes the recording.
     *
     * @throws IllegalStateException when no step ran in the recorded context
     * @throws IOException when it cannot be written; then nothing is left
     */
    public Recording finish() throws IOException {
        if (captured.steps() == 0) {
            throw new IllegalStateException(
                    full
                            ? "not one step fits in " + most + " bytes"
                            : "no step to record ran in context '" + context + "'; steps ran in " + contexts);
        }
        captured.write(model, directory);
        return Recording.read(directory);
    }

    /** Closes the model. What was not finished is not written. */
    @Override
    public void close() {
        model.close();
    }
}
