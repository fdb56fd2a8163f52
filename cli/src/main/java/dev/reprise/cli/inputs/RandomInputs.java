package dev.reprise.cli.inputs;

import dev.reprise.cli.CommandException;
import dev.reprise.cli.model.Tensors;
import dev.reprise.graph.bundle.InputRoles;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.graph.recording.StoredTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Made-up inputs that move as in a denoising loop: latents go smoothly from noise to something else, timesteps from 999 to 0, all
 * other inputs stay. Good for times and for regressions, useless for quality. The same for the same seed on every machine.
 */
public final class RandomInputs implements InputSource {
    private static final double FIRST_TIMESTEP = 999;

    private final InputRoles roles;
    private final List<Double> timesteps = new ArrayList<>();
    private final Map<String, StoredTensor> constants = new LinkedHashMap<>();
    private final List<Long> latentsShape;
    private final List<Long> timestepShape;
    private final @Nullable TensorSpec latents;
    private final @Nullable TensorSpec timestep;
    private final float[] from;
    private final float[] to;

    /**
     * Inputs for a model.
     *
     * @param dimensions values of dynamic dimensions by name; others take their typical value
     */
    public RandomInputs(Manifest manifest, Map<String, Long> dimensions, int steps, long seed) {
        roles = manifest.roles();
        Random random = new Random(seed);
        TensorSpec foundLatents = null;
        TensorSpec foundTimestep = null;
        for (TensorSpec input : manifest.inputs()) {
            if (input.name().equals(roles.latents())) {
                foundLatents = input;
            } else if (input.name().equals(roles.timestep())) {
                foundTimestep = input;
            } else if (!manifest.hasDefault(input)) {
                constants.put(input.name(), constant(input, shape(input, dimensions), random));
            }
        }
        latents = foundLatents;
        timestep = foundTimestep;
        latentsShape = foundLatents == null ? List.of() : shape(foundLatents, dimensions);
        from = normal(elements(latentsShape), random);
        to = normal(elements(latentsShape), random);
        for (int step = 0; step < steps; step++) {
            timesteps.add(timestep(step, steps));
        }
        timestepShape = foundTimestep == null ? List.of() : shape(foundTimestep, dimensions);
    }

    /** As a scheduler spaces them: 999 at the first step, 0 at the last. */
    static double timestep(int step, int steps) {
        return steps == 1 ? FIRST_TIMESTEP : Math.rint(FIRST_TIMESTEP * (steps - 1 - step) / (steps - 1));
    }

    @Override
    public List<Double> timesteps() {
        return List.copyOf(timesteps);
    }

    @Override
    public Map<String, StoredTensor> inputs(int step) {
        Map<String, StoredTensor> inputs = new LinkedHashMap<>(constants);
        if (latents != null) {
            double angle = Math.PI / 2 * step / Math.max(1, steps());
            float[] values = new float[from.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (Math.cos(angle) * from[i] + Math.sin(angle) * to[i]);
            }
            inputs.put(latents.name(), stored(latents, latentsShape, values));
        }
        if (timestep != null) {
            float[] values = new float[elements(timestepShape)];
            Arrays.fill(values, (float) (timesteps.get(step) / roles.timestepScale()));
            inputs.put(timestep.name(), stored(timestep, timestepShape, values));
        }
        return inputs;
    }

    private static StoredTensor constant(TensorSpec input, List<Long> shape, Random random) {
        String name = input.name().toLowerCase(Locale.ROOT);
        float[] values = new float[elements(shape)];
        for (int i = 0; i < values.length; i++) {
            if (name.contains("mask")) {
                values[i] = 1;
            } else if (name.contains("guidance")) {
                values[i] = 3.5f;
            } else if (name.endsWith("_ids")) {
                // Positions: they grow along the tokens.
                values[i] = i;
            } else if (input.elementType().isFloatingPoint()) {
                values[i] = (float) random.nextGaussian();
            } else {
                // Class labels and the like: small enough for any table.
                values[i] = random.nextInt(2);
            }
        }
        return stored(input, shape, values);
    }

    private static float[] normal(int count, Random random) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static int elements(List<Long> shape) {
        long count = 1;
        for (long dimension : shape) {
            count *= dimension;
            if (count > Integer.MAX_VALUE / 8) {
                throw CommandException.invalid("an input of shape " + shape + " is too large to be made up");
            }
        }
        return (int) count;
    }

    private static List<Long> shape(TensorSpec input, Map<String, Long> dimensions) {
        List<Long> declared = input.shape();
        if (declared == null) {
            throw CommandException.invalid("input '" + input.name() + "' has no known rank, so it cannot be made up");
        }
        List<Long> typical = input.typical();
        List<Long> shape = new ArrayList<>();
        for (int i = 0; i < declared.size(); i++) {
            String name =
                    i < input.dimensionNames().size() ? input.dimensionNames().get(i) : "";
            if (declared.get(i) >= 0) {
                shape.add(declared.get(i));
            } else if (dimensions.containsKey(name)) {
                shape.add(dimensions.get(name));
            } else {
                shape.add(typical == null || typical.get(i) < 1 ? 1L : typical.get(i));
            }
        }
        return shape;
    }

    private static StoredTensor stored(TensorSpec input, List<Long> shape, float[] values) {
        try {
            return Tensors.of(values, input.elementType(), shape);
        } catch (IllegalArgumentException e) {
            throw CommandException.invalid(
                    "input '" + input.name() + "' of type " + input.elementType() + " cannot be made up");
        }
    }
}
