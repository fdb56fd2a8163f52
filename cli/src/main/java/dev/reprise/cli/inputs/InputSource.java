package dev.reprise.cli.inputs;

import dev.reprise.graph.recording.StoredTensor;
import java.util.List;
import java.util.Map;

/** The inputs of every denoising step of a generation, known before it runs: the next input does not depend on an output. */
public interface InputSource {
    /** The scheduler's timestep of each denoising step (999 → 0). */
    List<Double> timesteps();

    /** Inputs by name. */
    Map<String, StoredTensor> inputs(int step);

    default int steps() {
        return timesteps().size();
    }
}
