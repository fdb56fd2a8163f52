package org.example.pipeline;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * DPM-Solver++ in steps that remember (Lu et al. 2022), order 1 to 3. Everything is told in terms of what the model thinks the clean sample is:
 *
 * <pre>
 *   λ = log(α/σ), h = λ' − λ, m₀, m₁, m₂ the last three clean samples
 *   x' = σ'/σ·x − α'·(e^{−h} − 1)·m₀ + what the higher orders add
 * </pre>
 */
final class DpmSolverMultistep implements Scheduler {
    static final String CLASS = "DPMSolverMultistepScheduler";

    /** Below this number of steps the last ones are of lower order. */
    private static final int FEW_STEPS = 15;

    private static final Set<String> FIELDS = fields();

    private final DpmTimesteps levels;
    private final String prediction;
    private final int order;
    private final boolean heun;
    private final boolean lowerOrderFinal;
    private final boolean firstOrderFinal;
    /** Clean samples, newest first, at most {@code order}. */
    private final Deque<float[]> clean = new ArrayDeque<>();

    DpmSolverMultistep(ConfigFile config, int steps, int imageTokens) {
        config.requireOnly(FIELDS);
        config.requireOff("thresholding", "it is for models that work on pixels");
        config.requireOff("variance_type", "the transformer's output has no variance");
        config.word("algorithm_type", List.of("dpmsolver++"));
        prediction = config.word("prediction_type", List.of("epsilon", "sample", "v_prediction", "flow_prediction"));
        order = config.count("solver_order", 2);
        if (order < 1 || order > 3) {
            throw config.wrong("solver_order", "1, 2 or 3");
        }
        heun = config.word("solver_type", List.of("midpoint", "heun")).equals("heun");
        levels = DpmTimesteps.of(config, steps, imageTokens);
        lowerOrderFinal = config.flag("lower_order_final", true) && levels.count() < FEW_STEPS;
        firstOrderFinal = lowerOrderFinal || config.flag("euler_at_final", false) || DpmTimesteps.endsAtZero(config);
    }

    private static Set<String> fields() {
        Set<String> fields = new HashSet<>(List.of(
                "num_train_timesteps",
                "beta_start",
                "beta_end",
                "beta_schedule",
                "trained_betas",
                "solver_order",
                "prediction_type",
                "thresholding",
                "dynamic_thresholding_ratio", // of thresholding, which is refused
                "sample_max_value", // the same
                "algorithm_type",
                "solver_type",
                "lower_order_final",
                "euler_at_final",
                "use_karras_sigmas",
                "use_exponential_sigmas",
                "use_beta_sigmas",
                "use_lu_lambdas",
                "use_flow_sigmas",
                "flow_shift",
                "final_sigmas_type",
                "lambda_min_clipped",
                "variance_type",
                "timestep_spacing",
                "steps_offset",
                "rescale_betas_zero_snr",
                "use_dynamic_shifting",
                "time_shift_type"));
        fields.addAll(DynamicShift.FIELDS);
        return fields;
    }

    @Override
    public double[] timesteps() {
        return levels.timesteps();
    }

    @Override
    public float[] sigmas() {
        return levels.sigmas();
    }

    @Override
    public void step(int step, float[] sample, float[] output) {
        remember(clean(step, sample, output));
        int possible = Math.min(order, clean.size());
        if (step == levels.count() - 1 && firstOrderFinal) {
            possible = 1;
        } else if (step == levels.count() - 2 && lowerOrderFinal) {
            possible = Math.min(2, possible);
        }
        advance(step, sample, possible);
    }

    private void remember(float[] sample) {
        if (clean.size() == order) {
            clean.removeLast();
        }
        clean.addFirst(sample);
    }

    private float[] clean(int step, float[] sample, float[] output) {
        float alpha = levels.alpha(step);
        float sigma = levels.sigma(step);
        float level = levels.level(step);
        float[] result = new float[sample.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = switch (prediction) {
                case "epsilon" -> (sample[i] - sigma * output[i]) / alpha;
                case "v_prediction" -> alpha * sample[i] - sigma * output[i];
                case "flow_prediction" -> sample[i] - level * output[i];
                default -> output[i];
            };
        }
        return result;
    }

    /** In float32, term by term as diffusers has it: with few levels far apart the last digits of {@code λ} are those of the sample. */
    private void advance(int step, float[] sample, int terms) {
        float ratio = levels.sigma(step + 1) / levels.sigma(step);
        float alpha = levels.alpha(step + 1);
        float h = levels.lambda(step + 1) - levels.lambda(step);
        float decay = (float) Math.exp(-h) - 1;
        float slope = heun || terms == 3 ? alpha * (decay / h + 1) : -0.5f * (alpha * decay);
        float curve = alpha * ((decay + h) / (h * h) - 0.5f);
        float near = terms > 1 ? (levels.lambda(step) - levels.lambda(step - 1)) / h : 1;
        float far = terms > 2 ? (levels.lambda(step - 1) - levels.lambda(step - 2)) / h : 1;
        float[][] kept = clean.toArray(float[][]::new);
        for (int i = 0; i < sample.length; i++) {
            float next = ratio * sample[i] - alpha * decay * kept[0][i];
            if (terms > 1) {
                // First and second differences of the clean samples.
                float first = 1 / near * (kept[0][i] - kept[1][i]);
                float second = 0;
                if (terms > 2) {
                    float bend = first - 1 / far * (kept[1][i] - kept[2][i]);
                    first += near / (near + far) * bend;
                    second = 1 / (near + far) * bend;
                }
                next += slope * first - curve * second;
            }
            sample[i] = next;
        }
    }
}
