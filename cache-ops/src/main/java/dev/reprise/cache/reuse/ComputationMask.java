package dev.reprise.cache.reuse;

import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.UnsupportedPolicyException;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Which steps compute, one character per step: 1 computes, 0 does not. Or one of cache-dit's presets {@code slow}, {@code medium},
 * {@code fast} and {@code ultra}, of which the number of steps makes a mask.
 */
public final class ComputationMask {
    /** Names of the presets. */
    public static final List<String> PRESETS =
            Arrays.stream(MaskPreset.values()).map(MaskPreset::word).toList();

    private final String given;
    private final @Nullable MaskPreset preset;

    /** @param given 0s and 1s, or the name of a preset */
    public ComputationMask(String given) {
        this.given = given;
        preset = MaskPreset.of(given).orElse(null);
    }

    /** Whether no step is skipped. */
    public boolean computesAlways() {
        return preset == null && given.indexOf('0') < 0;
    }

    /**
     * The mask of the step's generation.
     *
     * @throws UnsupportedPolicyException where a preset needs the number of steps, or has no mask for that many
     */
    public String of(String policy, DenoisingStep step) {
        if (preset == null) {
            return given;
        }
        OptionalInt count = step.count();
        if (count.isEmpty()) {
            throw new UnsupportedPolicyException(policy + ": the mask " + given
                    + " needs to know how many denoising steps there are; say it with Step.at(step, steps)"
                    + ", or give a mask of 0 and 1");
        }
        return preset.mask(count.getAsInt())
                .orElseThrow(() -> new UnsupportedPolicyException(policy + ": the mask " + given
                        + " exists for 4, 6 and from 8 steps on, found " + count.getAsInt()
                        + "; give a mask of 0 and 1"));
    }
}
