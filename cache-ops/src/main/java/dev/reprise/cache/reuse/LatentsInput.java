package dev.reprise.cache.reuse;

import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.TensorSpec;

/** The model input that the denoising changes from step to step. */
public final class LatentsInput {
    private LatentsInput() {}

    /** @throws UnsupportedPolicyException when it is unknown which input that is */
    public static TensorSpec find(String policy, Manifest model) {
        String latents = model.roles().latents();
        return model.inputs().stream()
                .filter(input -> input.name().equals(latents))
                .findFirst()
                .orElseThrow(() -> new UnsupportedPolicyException(
                        policy + " needs to know which model input is the latents; found "
                                + model.inputs().stream().map(TensorSpec::name).toList() + " and could not tell"));
    }

    /** Checks that the model's first output, which is added to the latents or compared with them, has their shape. */
    public static void requireShapeOfOutput(String policy, Manifest model) {
        TensorSpec latents = find(policy, model);
        TensorSpec output = model.outputs().get(0);
        if (!latents.mayHaveShapeOf(output)) {
            throw new UnsupportedPolicyException(policy + " adds a difference to the latents " + latents.name() + " "
                    + latents.shape() + " to get the output " + output.name() + " " + output.shape()
                    + ": their shapes must agree");
        }
    }
}
