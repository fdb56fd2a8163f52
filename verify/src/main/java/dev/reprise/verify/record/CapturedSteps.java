package dev.reprise.verify.record;

import dev.reprise.graph.recording.Recording;
import dev.reprise.graph.recording.RecordingWriter;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.verify.api.ProgressListener;
import dev.reprise.verify.run.InputSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** Inputs and outputs of the evaluations of a generation, in memory. A tensor that is that of the step before is held once. */
public final class CapturedSteps {
    private final List<Captured> steps = new ArrayList<>();
    private long bytes;

    /** None yet. */
    public CapturedSteps() {}

    /**
     * An evaluation.
     *
     * @param timestep the scheduler's timestep, where known
     */
    public record Captured(
            OptionalDouble timestep, Map<String, StoredTensor> inputs, Map<String, StoredTensor> outputs) {}

    public int steps() {
        return steps.size();
    }

    /**
     * Adds an evaluation, unless more bytes than {@code most} would be held then.
     *
     * @return whether it was added
     */
    public boolean add(Captured step, long most) {
        Map<String, StoredTensor> before =
                steps.isEmpty() ? Map.of() : steps.get(steps.size() - 1).inputs();
        Map<String, StoredTensor> inputs = new LinkedHashMap<>();
        long held = bytes;
        for (Map.Entry<String, StoredTensor> input : step.inputs().entrySet()) {
            StoredTensor known = before.get(input.getKey());
            if (known != null && known.equals(input.getValue())) {
                inputs.put(input.getKey(), known);
            } else {
                inputs.put(input.getKey(), input.getValue());
                held += input.getValue().data().remaining();
            }
        }
        for (StoredTensor output : step.outputs().values()) {
            held += output.data().remaining();
        }
        if (held > most) {
            return false;
        }
        bytes = held;
        steps.add(new Captured(step.timestep(), inputs, step.outputs()));
        return true;
    }

    /** Writes a recording without policies. */
    public void write(CachedTransformer model, Path directory) throws IOException {
        InputSource source = new Source(timesteps(), steps);
        RecordingRun run = new RecordingRun(model, model.bundle(), model.settings(), source, ProgressListener.NONE);
        try (RecordingWriter writer = RecordingWriter.create(directory)) {
            run.writeInputs(writer);
            for (int step = 0; step < steps.size(); step++) {
                writer.outputs(step, Recording.UNCACHED, steps.get(step).outputs());
            }
            run.complete(writer, Map.of());
        }
    }

    private List<Double> timesteps() {
        List<Double> timesteps = new ArrayList<>();
        for (int step = 0; step < steps.size(); step++) {
            timesteps.add(steps.get(step).timestep().orElse(InputSource.spaced(step, steps.size())));
        }
        return timesteps;
    }

    private record Source(List<Double> timesteps, List<Captured> captured) implements InputSource {
        @Override
        public Map<String, StoredTensor> inputs(int step) {
            return captured.get(step).inputs();
        }
    }
}
