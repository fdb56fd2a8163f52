package org.example.pipeline;

import java.util.List;

/**
 * The noise that a variance-preserving model was trained with: {@code σ = √((1 − ᾱ)/ᾱ)} for each trained timestep, ascending. Rounded to float32
 * where diffusers rounds: timesteps are looked up among these values.
 */
final class TrainedNoise {
    private static final float SMALLEST_HALF = 0x1p-24f;
    private static final double LARGEST_COSINE_BETA = 0.999;

    private final float[] alphasCumulative;

    private TrainedNoise(float[] alphasCumulative) {
        this.alphasCumulative = alphasCumulative;
    }

    static TrainedNoise of(ConfigFile config) {
        float[] betas = betas(config);
        if (!config.flag("rescale_betas_zero_snr", false)) {
            return new TrainedNoise(cumulative(betas));
        }
        float[] alphas = cumulative(withoutSignalAtTheEnd(betas));
        alphas[alphas.length - 1] = SMALLEST_HALF;
        return new TrainedNoise(alphas);
    }

    private static float[] betas(ConfigFile config) {
        if (config.has("trained_betas")) {
            return config.numbers("trained_betas");
        }
        int count = config.count("num_train_timesteps", 1000);
        double first = config.number("beta_start", 0.0001);
        double last = config.number("beta_end", 0.02);
        float[] betas = new float[count];
        switch (config.word("beta_schedule", List.of("linear", "scaled_linear", "squaredcos_cap_v2"))) {
            case "linear" -> even(betas, (float) first, (float) last);
            case "scaled_linear" -> {
                even(betas, (float) Math.sqrt(first), (float) Math.sqrt(last));
                for (int t = 0; t < count; t++) {
                    betas[t] *= betas[t];
                }
            }
            default -> {
                for (int t = 0; t < count; t++) {
                    double kept = cosine((t + 1.0) / count) / cosine((double) t / count);
                    betas[t] = (float) Math.min(1 - kept, LARGEST_COSINE_BETA);
                }
            }
        }
        return betas;
    }

    /** As PyTorch rounds: from both ends to the middle. */
    private static void even(float[] values, float first, float last) {
        float step = (last - first) / (values.length - 1);
        for (int t = 0; t < values.length; t++) {
            values[t] = t < values.length / 2 ? Math.fma(step, t, first) : Math.fma(-step, values.length - 1 - t, last);
        }
    }

    private static double cosine(double time) {
        double value = Math.cos((time + 0.008) / 1.008 * Math.PI / 2);
        return value * value;
    }

    private static float[] cumulative(float[] betas) {
        float[] products = new float[betas.length];
        double product = 1;
        for (int t = 0; t < betas.length; t++) {
            product *= 1 - betas[t];
            products[t] = (float) product;
        }
        return products;
    }

    /** Lin et al. 2023, algorithm 1: {@code √ᾱ} moved and scaled so that the last is 0 and the first stays. */
    private static float[] withoutSignalAtTheEnd(float[] betas) {
        float[] roots = cumulative(betas);
        for (int t = 0; t < roots.length; t++) {
            roots[t] = (float) Math.sqrt(roots[t]);
        }
        float first = roots[0];
        float last = roots[roots.length - 1];
        float scale = first / (first - last);
        float[] rescaled = new float[roots.length];
        float before = 1;
        for (int t = 0; t < roots.length; t++) {
            float root = (roots[t] - last) * scale;
            float product = root * root;
            rescaled[t] = 1 - (t == 0 ? product : product / before);
            before = product;
        }
        return rescaled;
    }

    int count() {
        return alphasCumulative.length;
    }

    float sigma(int t) {
        float alpha = alphasCumulative[t];
        return (float) Math.sqrt((1 - alpha) / alpha);
    }

    /** {@code λ = log(α/σ)} with {@code α² + σ² = 1}. */
    float logSignalToNoise(int t) {
        float alpha = alphasCumulative[t];
        return (float) Math.log((float) Math.sqrt(alpha)) - (float) Math.log((float) Math.sqrt(1 - alpha));
    }

    float[] logSigmas() {
        float[] logs = new float[count()];
        for (int t = 0; t < logs.length; t++) {
            logs[t] = (float) Math.log(sigma(t));
        }
        return logs;
    }
}
