package dev.reprise.cli.inputs;

import dev.reprise.cli.command.CommandException;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.verify.run.InputSource;
import dev.reprise.verify.run.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Generated inputs that move as in a denoising loop: latents go smoothly from noise to something else, timesteps fall from 999 to 0,
 * all other inputs stay. Good for times and for regressions, useless for quality. The same for the same seed on every machine.
 */
public final class RandomInputs implements InputSource {
    private static final float GUIDANCE = 3.5f;

    private final List<Double> timesteps;
    private final Map<String, StoredTensor> constants = new LinkedHashMap<>();
    private final List<Latents> latents = new ArrayList<>();
    private final List<Timestep> timestepInputs = new ArrayList<>();

    /** Goes from one end to the other. */
    private static final class Latents {
        private final TensorSpec input;
        private final List<Long> shape;
        private final float[] from;
        private final float[] to;

        Latents(TensorSpec input, List<Long> shape, Random random) {
            this.input = input;
            this.shape = shape;
            from = normal(elements(shape), random);
            to = normal(elements(shape), random);
        }

        StoredTensor at(double angle) {
            double cos = Math.cos(angle);
            double sin = Math.sin(angle);
            float[] values = new float[from.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (cos * from[i] + sin * to[i]);
            }
            return stored(input, shape, values);
        }
    }

    /** All elements are the timestep on this input's scale. */
    private record Timestep(TensorSpec input, List<Long> shape, double scale) {
        StoredTensor at(double timestep) {
            float[] values = new float[elements(shape)];
            Arrays.fill(values, (float) (timestep / scale));
            return stored(input, shape, values);
        }
    }

    /**
     * Inputs for a model.
     *
     * @param dimensions values of dynamic dimensions by name; others take their typical value
     */
    public RandomInputs(Manifest manifest, Map<String, Long> dimensions, int steps, long seed) {
        Random random = new Random(seed);
        for (TensorSpec input : manifest.inputs()) {
            InputKind kind = InputKind.of(input, manifest.roles());
            if (kind != InputKind.LATENTS && kind != InputKind.TIMESTEP && manifest.hasDefault(input)) {
                continue;
            }
            List<Long> shape = shape(input, dimensions);
            switch (kind) {
                case LATENTS -> latents.add(new Latents(input, shape, random));
                case TIMESTEP ->
                    timestepInputs.add(
                            new Timestep(input, shape, manifest.roles().timestepScale()));
                default -> constants.put(input.name(), stored(input, shape, constant(kind, shape, random)));
            }
        }
        timesteps = IntStream.range(0, steps)
                .mapToObj(step -> InputSource.spaced(step, steps))
                .toList();
    }

    @Override
    public List<Double> timesteps() {
        return timesteps;
    }

    @Override
    public Map<String, StoredTensor> inputs(int step) {
        Map<String, StoredTensor> inputs = new LinkedHashMap<>(constants);
        double angle = Math.PI / 2 * step / Math.max(1, steps());
        latents.forEach(input -> inputs.put(input.input.name(), input.at(angle)));
        timestepInputs.forEach(input -> inputs.put(input.input().name(), input.at(timesteps.get(step))));
        return inputs;
    }

    private static float[] constant(InputKind kind, List<Long> shape, Random random) {
        float[] values = new float[elements(shape)];
        switch (kind) {
            case MASK -> Arrays.fill(values, 1);
            case GUIDANCE -> Arrays.fill(values, GUIDANCE);
            case TYPE_IDS -> Arrays.fill(values, 0);
            case POSITIONS -> {
                // They grow along the tokens: [batch, tokens] or [tokens, 3].
                int tokens = shape.size() < 2 ? values.length : Math.toIntExact(shape.get(shape.size() - 2));
                int last = shape.size() < 2 ? 1 : Math.toIntExact(shape.get(shape.size() - 1));
                boolean coordinates = last <= InputKind.MOST_COORDINATES;
                for (int i = 0; i < values.length; i++) {
                    values[i] = coordinates ? i / last % tokens : i % last;
                }
            }
            case INDICES -> {
                for (int i = 0; i < values.length; i++) {
                    // Small enough for any table.
                    values[i] = random.nextInt(2);
                }
            }
            default -> System.arraycopy(normal(values.length, random), 0, values, 0, values.length);
        }
        return values;
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
                throw CommandException.invalid("an input of shape " + shape + " is too large to be generated");
            }
        }
        return (int) count;
    }

    private static List<Long> shape(TensorSpec input, Map<String, Long> dimensions) {
        List<Long> declared = input.shape();
        if (declared == null) {
            throw CommandException.invalid("input '" + input.name()
                    + "' has no known rank, so no values can be generated; give some with --inputs");
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
            throw CommandException.invalid("input '" + input.name() + "' of type " + input.elementType()
                    + " cannot be generated; give some with --inputs");
        }
    }
}
