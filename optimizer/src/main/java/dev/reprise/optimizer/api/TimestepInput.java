package dev.reprise.optimizer.api;

import java.util.OptionalDouble;

/**
 * The model input that holds the timestep, as the user says.
 *
 * @param name of the input
 * @param scale what one unit of it is worth on the scheduler's scale of 0..1000, such as 1000 for models that take 0..1; empty to
 *     read it off the graph
 */
public record TimestepInput(String name, OptionalDouble scale) {
    public TimestepInput {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("the name of the timestep input must be given, was empty");
        }
        if (scale.isPresent() && !(scale.getAsDouble() > 0 && Double.isFinite(scale.getAsDouble()))) {
            throw new IllegalArgumentException("the scale of the timestep must be above 0, was " + scale.getAsDouble());
        }
    }
}
