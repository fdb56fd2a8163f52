package dev.reprise.benchmarks.frontier;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cache.policy.MagCache;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.ort.NativeTensors;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.DenoisingModel;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.Step;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What two policies need to know about a model, measured in one generation without reuse.
 *
 * @param magnitudeRatios MagCache's table
 * @param sensitivities SenCache's three, by parameter
 */
record MeasuredTables(List<Double> magnitudeRatios, Map<String, Object> sensitivities) {

    static MeasuredTables of(CachedTransformer model, DemoRollout rollout, int sample) {
        List<Double> ratios = new ArrayList<>();
        try (CachedTransformer generation = model.newIsolatedGeneration()) {
            generation.enableCache(PolicyCatalogue.parse("magcache", Map.of("calibrate", true)));
            generation.onStep(step -> ratios.add(step.measurements().stream()
                    .filter(each -> each.quantity().equals(MagCache.RESIDUAL_RATIO))
                    .findFirst()
                    .orElseThrow()
                    .value()));
            rollout.run(generation, sample);
        }
        try (CachedTransformer generation = model.newIsolatedGeneration()) {
            Differences differences = new Differences(generation);
            rollout.run(differences, sample);
            return new MeasuredTables(ratios, differences.tables());
        }
    }

    /** At every step also the step before with these latents, and with this timestep: finite differences, as {@code calibrate} takes them. */
    private static final class Differences implements DenoisingModel {
        private static final String LATENTS = "hidden_states";
        private static final String TIMESTEP = "timestep";

        private final CachedTransformer model;
        private final List<Double> timesteps = new ArrayList<>();
        private final List<Double> byLatents = new ArrayList<>();
        private final List<Double> byTimestep = new ArrayList<>();
        private float[] latents = {};
        private float[] output = {};

        Differences(CachedTransformer model) {
            this.model = model;
        }

        @Override
        public List<TensorSpec> inputs() {
            return model.inputs();
        }

        @Override
        public List<TensorSpec> outputs() {
            return model.outputs();
        }

        @Override
        public Outputs run(Step step, Map<String, ? extends OnnxTensor> inputs) {
            double timestep = step.timestep().orElseThrow();
            OnnxTensor latentsNow = Objects.requireNonNull(inputs.get(LATENTS), LATENTS);
            OnnxTensor timestepNow = Objects.requireNonNull(inputs.get(TIMESTEP), TIMESTEP);
            float[] now = floats(latentsNow);
            if (!timesteps.isEmpty()) {
                double before = timesteps.get(timesteps.size() - 1);
                try (OnnxTensor earlier = DemoRollout.filled(before, timestepNow);
                        OnnxTensor there = DemoRollout.tensor(latents, DemoRollout.shape(latentsNow))) {
                    byLatents.add(distance(with(step, inputs, TIMESTEP, earlier), output) / distance(now, latents));
                    byTimestep.add(distance(with(step, inputs, LATENTS, there), output) / Math.abs(timestep - before));
                }
            }
            Outputs outputs = model.run(step, inputs);
            timesteps.add(timestep);
            latents = now;
            output = floats(outputs.first());
            return outputs;
        }

        private float[] with(Step step, Map<String, ? extends OnnxTensor> inputs, String name, OnnxTensor value) {
            Map<String, OnnxTensor> changed = new LinkedHashMap<>(inputs);
            changed.put(name, value);
            try (Outputs outputs = model.run(step, changed)) {
                return floats(outputs.first());
            }
        }

        /** The last step has no next one: it counts as the one before. */
        Map<String, Object> tables() {
            byLatents.add(byLatents.get(byLatents.size() - 1));
            byTimestep.add(byTimestep.get(byTimestep.size() - 1));
            return Map.of("j_x_norm", byLatents, "j_t_norm", byTimestep, "timesteps", timesteps);
        }

        private static float[] floats(OnnxTensor tensor) {
            FloatBuffer buffer = NativeTensors.fromNative(tensor).data().asFloatBuffer();
            float[] values = new float[buffer.remaining()];
            buffer.get(values);
            return values;
        }

        private static double distance(float[] a, float[] b) {
            double sum = 0;
            for (int i = 0; i < a.length; i++) {
                sum += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
            }
            return Math.sqrt(sum);
        }

        @Override
        public void close() {}
    }
}
