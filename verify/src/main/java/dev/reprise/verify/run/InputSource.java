package dev.reprise.verify.run;

import dev.reprise.graph.recording.StoredTensor;
import java.util.List;
import java.util.Map;

/** The inputs of every denoising step of a generation, known before it runs: the next input does not depend on an output. */
public interface InputSource {
    /** The scheduler's timestep of each denoising step (999 → 0). */
    List<Double> timesteps();

    /** Inputs by name. */
    Map<String, StoredTensor> inputs(int step);

    /** A timestep as schedulers space them: 999 at the first step, 0 at the last. */
    static double spaced(int step, int steps) {
        double first = 999;
        return steps == 1 ? first : Math.rint(first * (steps - 1 - step) / (steps - 1));
    }

    default int steps() {
        return timesteps().size();
    }
}
