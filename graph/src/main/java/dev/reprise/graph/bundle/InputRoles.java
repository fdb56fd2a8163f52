package dev.reprise.graph.bundle;

import org.jspecify.annotations.Nullable;

/**
 * Which model inputs mean what.
 *
 * @param latents the input that changes with every step, null where it could not be told
 * @param timestep the input that holds the timestep, null for models without one
 * @param timestepScale what one unit of the timestep input is worth on the scheduler's scale of 0..1000: 1 for models that take
 *     999…0, 1000 for models that take 0..1
 */
public record InputRoles(@Nullable String latents, @Nullable String timestep, double timestepScale) {}
