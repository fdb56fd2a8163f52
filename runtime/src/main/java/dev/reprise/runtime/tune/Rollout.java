package dev.reprise.runtime.tune;

import dev.reprise.runtime.api.DenoisingModel;
import java.util.List;

/** The application's own denoising loop: from noise to a result. The same sample number must always give the same noise and prompt. */
@FunctionalInterface
public interface Rollout {
    /**
     * Runs one generation.
     *
     * @param model takes the place of the model; its cache was reset
     * @param sample which noise and prompt: 0, 1, 2, …
     * @return one result per image of the batch, in values as they are compared
     */
    List<float[]> run(DenoisingModel model, int sample);
}
