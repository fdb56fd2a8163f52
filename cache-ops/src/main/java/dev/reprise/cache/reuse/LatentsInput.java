package dev.reprise.cache.reuse;

import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.math.TensorMath;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.TensorSpec;
import java.util.Arrays;
import java.util.List;

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

    /**
     * Checks that the model's first output, which is added to the latents or compared with them, has their shape, or their shape with
     * twice the channels: models with learned variance predict it behind the noise.
     */
    public static void requireShapeOfOutput(String policy, Manifest model) {
        TensorSpec latents = find(policy, model);
        TensorSpec output = model.outputs().get(0);
        boolean fits = latents.mayHaveShapeOf(output)
                || (latents.shape() != null
                        && output.shape() != null
                        && hasTwiceTheChannels(longs(latents.shape()), longs(output.shape())));
        if (!fits) {
            throw new UnsupportedPolicyException(policy + " adds a difference to the latents " + latents.name() + " "
                    + latents.shape() + " to get the output " + output.name() + " " + output.shape()
                    + ": their shapes must agree, or the output have twice the channels");
        }
    }

    /**
     * The latents in the shape of the output: with zeros where the output has the variance.
     *
     * @throws UnsupportedPolicyException when the output has neither their shape nor twice the channels
     */
    public static Tensor inShapeOf(DenoisingStep step, String policy, Tensor latents, Tensor output) {
        if (!Arrays.equals(latents.shape(), output.shape()) && !hasTwiceTheChannels(latents.shape(), output.shape())) {
            throw new UnsupportedPolicyException(
                    policy + " needs the latents and the output to have one shape, or the output "
                            + "twice the channels; found " + TensorMath.describe(latents) + " and "
                            + TensorMath.describe(output));
        }
        return step.math().widen(latents, output.shape());
    }

    /** Whether one axis, not that of the batch, is twice as long and the others are equal. Negative dimensions are open. */
    static boolean hasTwiceTheChannels(long[] latents, long[] output) {
        if (latents.length != output.length) {
            return false;
        }
        int doubled = 0;
        for (int i = 0; i < latents.length; i++) {
            if (latents[i] >= 0 && output[i] >= 0 && latents[i] != output[i]) {
                if (i == 0 || output[i] != 2 * latents[i]) {
                    return false;
                }
                doubled++;
            }
        }
        return doubled == 1;
    }

    private static long[] longs(List<Long> shape) {
        return shape.stream().mapToLong(Long::longValue).toArray();
    }
}
