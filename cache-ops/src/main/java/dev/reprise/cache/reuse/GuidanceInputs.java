package dev.reprise.cache.reuse;

import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.math.TensorMath;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.TensorSpec;
import java.util.ArrayList;
import java.util.List;

/**
 * Model inputs that hold the batch [unconditional; conditional] of classifier-free guidance.
 *
 * @param policy id, for messages
 * @param names inputs with a batch axis
 */
public record GuidanceInputs(String policy, List<String> names) {
    public GuidanceInputs {
        names = List.copyOf(names);
    }

    /**
     * The listed inputs that the model has and that have a batch axis: one of size 1, or none, is the same for both halves.
     *
     * @throws UnsupportedPolicyException when there are none, or the model cannot run half a batch
     */
    public static GuidanceInputs of(String policy, Manifest model, List<String> listed) {
        List<String> names = new ArrayList<>();
        String batch = "";
        for (TensorSpec input : model.inputs()) {
            List<Long> shape = input.shape();
            if (!listed.contains(input.name()) || (shape != null && (shape.isEmpty() || shape.get(0) == 1))) {
                continue;
            }
            if (shape != null && shape.get(0) > 1) {
                throw new UnsupportedPolicyException(policy + " needs a dynamic batch axis on " + input.name()
                        + " to run its conditional half alone; it is fixed at " + shape.get(0)
                        + ". Export the model with a dynamic batch");
            }
            names.add(input.name());
            batch = batchName(input).isEmpty() ? batch : batchName(input);
        }
        if (names.isEmpty()) {
            List<String> all = model.inputs().stream().map(TensorSpec::name).toList();
            throw new UnsupportedPolicyException(
                    policy + " needs inputs with a batch [unconditional; conditional] among " + listed
                            + "; this model has " + all);
        }
        for (TensorSpec input : model.inputs()) {
            if (!batch.isEmpty()
                    && !listed.contains(input.name())
                    && batchName(input).equals(batch)) {
                throw new UnsupportedPolicyException(policy + ": input " + input.name() + " shares the batch axis '"
                        + batch + "' with " + names + ", so it must be listed as well");
            }
        }
        return new GuidanceInputs(policy, names);
    }

    /** @throws UnsupportedPolicyException when the inputs of this step cannot be halved */
    void requireTwoHalves(DenoisingStep step) {
        boolean any = false;
        for (String name : names) {
            Tensor input = step.input(name);
            any |= hasBatch(input);
            if (hasBatch(input) && input.shape()[0] % 2 != 0) {
                throw twoHalves(step);
            }
        }
        if (!any) {
            throw twoHalves(step);
        }
    }

    private UnsupportedPolicyException twoHalves(DenoisingStep step) {
        List<String> found = names.stream()
                .map(name -> name + " " + TensorMath.describe(step.input(name)))
                .toList();
        return new UnsupportedPolicyException(policy + " needs an even batch [unconditional; conditional], found "
                + found + "; a model that runs guidance in one pass needs is_guidance_distilled=true");
    }

    /** Feeds the second half of each input. */
    void feedConditionalHalf(DenoisingStep step) {
        for (String name : names) {
            Tensor input = step.input(name);
            if (hasBatch(input)) {
                step.replaceInput(name, step.math().secondHalf(input));
            }
        }
    }

    private static boolean hasBatch(Tensor input) {
        return input.shape().length > 0 && input.shape()[0] != 1;
    }

    private static String batchName(TensorSpec input) {
        return input.dimensionNames().isEmpty() ? "" : input.dimensionNames().get(0);
    }
}
