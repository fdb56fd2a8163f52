package dev.reprise.cli.calibrate;

import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.graph.bundle.InputRoles;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.verify.run.InputSource;
import dev.reprise.verify.run.Playback;
import dev.reprise.verify.run.Tensors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * SenCache's tables: how much the output changes per change of the latents and of the timestep, by finite differences towards the next step.
 * At the last step, which has no next one, they are those of the step before.
 *
 * @param timesteps the scheduler's timestep of each step
 * @param byLatents {@code ‖v(u′, τ) − v(u, τ)‖ / ‖u′ − u‖}, norms are roots of sums of squares
 * @param byTimestep {@code ‖v(u, τ′) − v(u, τ)‖ / |τ′ − τ|}
 */
record Sensitivities(List<Double> timesteps, List<Double> byLatents, List<Double> byTimestep) {
    private static final int EVALUATIONS = 3;

    Sensitivities {
        timesteps = List.copyOf(timesteps);
        byLatents = List.copyOf(byLatents);
        byTimestep = List.copyOf(byTimestep);
    }

    /** Runs every step three times: as it is, with the latents of the next step, and with its timestep. */
    static Sensitivities measure(CachedTransformer loaded, InputSource source) {
        InputRoles roles = loaded.manifest().roles();
        String latents = roles.latents();
        String timestep = roles.timestep();
        if (latents == null || timestep == null) {
            throw new UnsupportedPolicyException(
                    "sencache needs to know which model inputs are the latents and the timestep; found "
                            + (latents == null ? "no latents" : "no timestep"));
        }
        if (source.steps() < 2) {
            throw new UnsupportedPolicyException("sencache needs inputs of 2 or more steps, found " + source.steps());
        }
        List<float[]> outputs = new ArrayList<>();
        try (CachedTransformer generation = loaded.newGeneration()) {
            Playback.run(
                    generation,
                    new Moved(source, latents, timestep),
                    (step, found) -> outputs.add(Tensors.floats(Tensors.fromNative(found.first()))));
        }
        List<Double> byLatents = new ArrayList<>();
        List<Double> byTimestep = new ArrayList<>();
        for (int step = 0; step < source.steps() - 1; step++) {
            float[] output = outputs.get(EVALUATIONS * step);
            double moved = distance(floats(source, step, latents), floats(source, step + 1, latents));
            double waited = Math.abs(
                    source.timesteps().get(step + 1) - source.timesteps().get(step));
            byLatents.add(ratio(distance(output, outputs.get(EVALUATIONS * step + 1)), moved));
            byTimestep.add(ratio(distance(output, outputs.get(EVALUATIONS * step + 2)), waited));
        }
        byLatents.add(byLatents.get(byLatents.size() - 1));
        byTimestep.add(byTimestep.get(byTimestep.size() - 1));
        return new Sensitivities(source.timesteps(), byLatents, byTimestep);
    }

    /** The mean of several, step by step. */
    static Sensitivities mean(List<Sensitivities> all) {
        return new Sensitivities(
                all.get(0).timesteps, mean(all, Sensitivities::byLatents), mean(all, Sensitivities::byTimestep));
    }

    private static List<Double> mean(List<Sensitivities> all, Function<Sensitivities, List<Double>> table) {
        List<Double> mean = new ArrayList<>();
        for (int i = 0; i < all.get(0).timesteps.size(); i++) {
            double sum = 0;
            for (Sensitivities each : all) {
                sum += table.apply(each).get(i);
            }
            mean.add(sum / all.size());
        }
        return mean;
    }

    private static float[] floats(InputSource source, int step, String input) {
        StoredTensor tensor = source.inputs(step).get(input);
        if (tensor == null) {
            throw new UnsupportedPolicyException(
                    "sencache needs the latents " + input + " of every step, step " + step + " has none");
        }
        return Tensors.floats(tensor);
    }

    /** 0 where nothing moved, as published. */
    private static double ratio(double change, double by) {
        return by < 1e-8 ? 0 : change / by;
    }

    private static double distance(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = (double) a[i] - b[i];
            sum += difference * difference;
        }
        return Math.sqrt(sum);
    }

    /** Each step three times. */
    private record Moved(InputSource source, String latents, String timestep) implements InputSource {
        @Override
        public List<Double> timesteps() {
            List<Double> timesteps = new ArrayList<>();
            for (int i = 0; i < EVALUATIONS * (source.steps() - 1); i++) {
                timesteps.add(source.timesteps().get(i / EVALUATIONS + (i % EVALUATIONS == 2 ? 1 : 0)));
            }
            return timesteps;
        }

        @Override
        public Map<String, StoredTensor> inputs(int step) {
            Map<String, StoredTensor> inputs = new LinkedHashMap<>(source.inputs(step / EVALUATIONS));
            Map<String, StoredTensor> next = source.inputs(step / EVALUATIONS + 1);
            String moved = step % EVALUATIONS == 1 ? latents : timestep;
            StoredTensor value = next.get(moved);
            if (step % EVALUATIONS != 0 && value != null) {
                inputs.put(moved, value);
            }
            return inputs;
        }
    }
}
