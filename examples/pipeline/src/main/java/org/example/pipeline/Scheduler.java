package org.example.pipeline;

import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Noise levels, and how a sample goes from one to the next. One object is one generation's: solvers remember earlier steps. */
interface Scheduler {
    /** What the model is told in each step. There may be fewer or more than were asked for, as in diffusers. */
    double[] timesteps();

    /** Noise levels: one before each step, and the one behind the last. */
    float[] sigmas();

    /**
     * The sample of the next step.
     *
     * @param step from 0, each once and in order
     * @param sample changed in place
     * @param output what the model said of it, after guidance
     */
    void step(int step, float[] sample, float[] output);

    /**
     * A scheduler as diffusers makes it from its configuration.
     *
     * @param config {@code scheduler_config.json}
     * @param imageTokens patches of the picture, which a dynamic shift depends on
     * @throws UnusableExportException when the configuration asks for something that is not supported; never is a field ignored
     */
    static Scheduler of(ConfigFile config, int steps, int imageTokens) {
        Map<String, Function<ConfigFile, Scheduler>> kinds = Map.of(
                FlowMatchEuler.CLASS, file -> new FlowMatchEuler(file, steps, imageTokens),
                DpmSolverMultistep.CLASS, file -> new DpmSolverMultistep(file, steps, imageTokens));
        String kind = config.word("_class_name", "");
        if (!kinds.containsKey(kind)) {
            throw config.wrong(
                    "_class_name",
                    "one of " + String.join(", ", List.of(FlowMatchEuler.CLASS, DpmSolverMultistep.CLASS)));
        }
        return kinds.get(kind).apply(config);
    }
}
