package dev.reprise.runtime.api;

import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Which denoising step a run belongs to. Solvers that evaluate the model twice in one step give the same index twice.
 *
 * @param index loop index from 0
 * @param count denoising steps of this generation, empty when not known
 * @param timestep the scheduler's timestep (999 → 0), empty to read it from the model's timestep input
 */
public record Step(int index, OptionalInt count, OptionalDouble timestep) {

    public Step {
        if (index < 0) {
            throw new IllegalArgumentException("denoising step must be 0 or more, was " + index);
        }
        if (count.isPresent() && count.getAsInt() <= index) {
            throw new IllegalArgumentException(
                    "denoising step must be below the number of steps " + count.getAsInt() + ", was " + index);
        }
        if (timestep.isPresent() && !Double.isFinite(timestep.getAsDouble())) {
            throw new IllegalArgumentException("timestep must be finite, was " + timestep.getAsDouble());
        }
    }

    /** A denoising step of a generation whose length is not known. */
    public static Step at(int index) {
        return new Step(index, OptionalInt.empty(), OptionalDouble.empty());
    }

    /** A denoising step of a generation of {@code count} steps. */
    public static Step at(int index, int count) {
        return new Step(index, OptionalInt.of(count), OptionalDouble.empty());
    }

    /** The same step with the scheduler's timestep, for models whose timestep input does not tell it. */
    public Step withTimestep(double value) {
        return new Step(index, count, OptionalDouble.of(value));
    }

    /** A timestep as messages show it: {@code 981}, {@code 4.251}. */
    public static String describeTimestep(double timestep) {
        return timestep == Math.rint(timestep)
                ? String.format(Locale.ROOT, "%.0f", timestep)
                : String.format(Locale.ROOT, "%.4g", timestep);
    }
}
