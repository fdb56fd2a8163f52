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
import org.jspecify.annotations.Nullable;

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

    /** Bytes that would be held with one more evaluation. */
    public long bytes(Map<String, StoredTensor> inputs, Map<String, StoredTensor> outputs) {
        long more = 0;
        for (Map.Entry<String, StoredTensor> input : inputs.entrySet()) {
            more += known(input) == null ? input.getValue().data().remaining() : 0;
        }
        for (StoredTensor output : outputs.values()) {
            more += output.data().remaining();
        }
        return bytes + more;
    }

    public void add(Captured step) {
        bytes = bytes(step.inputs(), step.outputs());
        Map<String, StoredTensor> inputs = new LinkedHashMap<>();
        for (Map.Entry<String, StoredTensor> input : step.inputs().entrySet()) {
            StoredTensor known = known(input);
            inputs.put(input.getKey(), known == null ? input.getValue() : known);
        }
        steps.add(new Captured(step.timestep(), inputs, step.outputs()));
    }

    /** The tensor of the step before where it is the same, else null. */
    private @Nullable StoredTensor known(Map.Entry<String, StoredTensor> input) {
        if (steps.isEmpty()) {
            return null;
        }
        StoredTensor before = steps.get(steps.size() - 1).inputs().get(input.getKey());
        return before != null
                        && before.elementType() == input.getValue().elementType()
                        && before.shape().equals(input.getValue().shape())
                        && before.data().equals(input.getValue().data())
                ? before
                : null;
    }

    /** Writes a recording without policies. */
    public void write(CachedTransformer model, Path directory) throws IOException {
        InputSource source = new Source(steps);
        RecordingRun run = new RecordingRun(model, model.bundle(), model.settings(), source, ProgressListener.NONE);
        try (RecordingWriter writer = RecordingWriter.create(directory)) {
            run.writeInputs(writer);
            for (int step = 0; step < steps.size(); step++) {
                boolean first = true;
                for (Map.Entry<String, StoredTensor> output :
                        steps.get(step).outputs().entrySet()) {
                    if (first) {
                        writer.output(step, Recording.UNCACHED, output.getValue());
                    } else {
                        writer.furtherOutput(step, Recording.UNCACHED, output.getKey(), output.getValue());
                    }
                    first = false;
                }
            }
            run.complete(writer, Map.of());
        }
    }

    private record Source(List<Captured> captured) implements InputSource {
        @Override
        public List<Double> timesteps() {
            List<Double> timesteps = new ArrayList<>();
            for (int step = 0; step < captured.size(); step++) {
                timesteps.add(captured.get(step).timestep().orElse(InputSource.spaced(step, captured.size())));
            }
            return timesteps;
        }

        @Override
        public Map<String, StoredTensor> inputs(int step) {
            return captured.get(step).inputs();
        }
    }
}
