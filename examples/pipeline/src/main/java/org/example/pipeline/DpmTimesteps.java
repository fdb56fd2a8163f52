package org.example.pipeline;

import java.util.List;
import java.util.stream.Stream;

/** Timesteps and noise levels of a DPM-Solver: trained ones, spaced anew, or those of a flow. */
final class DpmTimesteps {
    private final double[] timesteps;
    private final float[] sigmas;
    private final boolean flow;

    private DpmTimesteps(double[] timesteps, double[] levels, float last, boolean flow) {
        this.timesteps = timesteps;
        this.flow = flow;
        sigmas = new float[levels.length + 1];
        for (int i = 0; i < levels.length; i++) {
            sigmas[i] = (float) levels[i];
            // The model is told whole timesteps.
            timesteps[i] = (long) timesteps[i];
        }
        sigmas[levels.length] = last;
    }

    static DpmTimesteps of(ConfigFile config, int steps, int imageTokens) {
        config.requireOff("use_beta_sigmas", "there are Karras, exponential and uniform-logSNR levels");
        config.word("time_shift_type", List.of("exponential"));
        config.word("timestep_spacing", List.of("linspace", "leading", "trailing"));
        List<String> chosen = Stream.of(
                        "use_karras_sigmas", "use_exponential_sigmas", "use_lu_lambdas", "use_flow_sigmas")
                .filter(field -> config.flag(field, false))
                .toList();
        if (chosen.size() > 1) {
            throw new UnusableExportException(
                    config.name() + ": only one of " + String.join(", ", chosen) + " may be true");
        }
        if (!chosen.contains("use_flow_sigmas")) {
            config.requireOff("use_dynamic_shifting", "it needs use_flow_sigmas");
        }
        TrainedNoise noise = TrainedNoise.of(config);
        float last = endsAtZero(config) ? 0 : noise.sigma(0);
        double highest = noise.sigma(noise.count() - 1);
        double lowest = noise.sigma(0);
        return switch (chosen.isEmpty() ? "" : chosen.get(0)) {
            case "use_karras_sigmas" ->
                lookedUp(noise, NoiseLevels.karras(highest, lowest, steps), last, rounds(config));
            case "use_lu_lambdas" -> {
                // With an exponent of 1, even in the logarithm too.
                float[] logs = noise.logSigmas();
                double[] levels = NoiseLevels.linear(logs[logs.length - 1], logs[0], steps);
                for (int i = 0; i < steps; i++) {
                    levels[i] = Math.exp(levels[i]);
                }
                yield lookedUp(noise, levels, last, rounds(config));
            }
            case "use_exponential_sigmas" ->
                lookedUp(noise, NoiseLevels.exponential(highest, lowest, steps), last, false);
            case "use_flow_sigmas" -> ofFlow(config, steps, imageTokens, last);
            default -> trained(config, noise, steps, last);
        };
    }

    static boolean endsAtZero(ConfigFile config) {
        return config.word("final_sigmas_type", List.of("zero", "sigma_min")).equals("zero");
    }

    private static boolean rounds(ConfigFile config) {
        return !config.word("beta_schedule", "linear").equals("squaredcos_cap_v2");
    }

    private static DpmTimesteps ofFlow(ConfigFile config, int steps, int imageTokens, float last) {
        int trained = config.count("num_train_timesteps", 1000);
        double shift = config.flag("use_dynamic_shifting", false)
                ? Math.exp(DynamicShift.mu(config, imageTokens))
                : config.number("flow_shift", 1);
        double[] alphas = NoiseLevels.linear(1, 1.0 / trained, steps + 1);
        double[] levels = new double[steps];
        double[] timesteps = new double[steps];
        for (int i = 0; i < steps; i++) {
            levels[i] = NoiseLevels.shifted(1 - alphas[steps - i], shift);
            timesteps[i] = levels[i] * trained;
        }
        return new DpmTimesteps(timesteps, levels, last, true);
    }

    private static DpmTimesteps trained(ConfigFile config, TrainedNoise noise, int steps, float last) {
        double[] timesteps = spaced(config, noise, steps);
        double[] levels = new double[timesteps.length];
        for (int i = 0; i < levels.length; i++) {
            levels[i] = noise.sigma((int) Math.min(noise.count() - 1.0, Math.max(0, timesteps[i])));
        }
        return new DpmTimesteps(timesteps, levels, last, false);
    }

    private static double[] spaced(ConfigFile config, TrainedNoise noise, int steps) {
        int end = noise.count() - clipped(config, noise);
        return switch (config.word("timestep_spacing", "linspace")) {
            case "leading" -> {
                int stride = end / (steps + 1);
                double[] timesteps = new double[steps];
                for (int i = 0; i < steps; i++) {
                    timesteps[i] = (double) (steps - i) * stride + config.count("steps_offset", 0);
                }
                yield timesteps;
            }
            case "trailing" -> {
                double stride = (double) noise.count() / steps;
                double[] timesteps = new double[(int) Math.ceil(end / stride)];
                for (int i = 0; i < timesteps.length; i++) {
                    timesteps[i] = Math.rint(end - i * stride) - 1;
                }
                yield timesteps;
            }
            default -> {
                double[] even = NoiseLevels.linear(0, end - 1.0, steps + 1);
                double[] timesteps = new double[steps];
                for (int i = 0; i < steps; i++) {
                    timesteps[i] = Math.rint(even[steps - i]);
                }
                yield timesteps;
            }
        };
    }

    /** How many trained timesteps at the noisy end have too little signal. */
    private static int clipped(ConfigFile config, TrainedNoise noise) {
        double least = config.number("lambda_min_clipped", Double.NEGATIVE_INFINITY);
        int count = 0;
        while (count < noise.count() && noise.logSignalToNoise(noise.count() - 1 - count) < least) {
            count++;
        }
        return count;
    }

    private static DpmTimesteps lookedUp(TrainedNoise noise, double[] levels, float last, boolean rounded) {
        float[] logs = noise.logSigmas();
        double[] timesteps = new double[levels.length];
        for (int i = 0; i < levels.length; i++) {
            double between = between(logs, Math.log(Math.max(levels[i], 1e-10)));
            timesteps[i] = rounded ? Math.rint(between) : between;
        }
        return new DpmTimesteps(timesteps, levels, last, false);
    }

    /** Where a value lies between ascending ones: 3.25 is a quarter of the way from the fourth to the fifth. */
    private static double between(float[] ascending, double value) {
        int low = 0;
        while (low < ascending.length - 2 && ascending[low + 1] <= value) {
            low++;
        }
        double share = (value - ascending[low]) / ((double) ascending[low + 1] - ascending[low]);
        return low + Math.min(1, Math.max(0, share));
    }

    int count() {
        return timesteps.length;
    }

    double[] timesteps() {
        return timesteps.clone();
    }

    float[] sigmas() {
        return sigmas.clone();
    }

    /** Noise level: the ratio of noise to signal, in a flow the share of noise. */
    float level(int i) {
        return sigmas[i];
    }

    /** Share of signal in the sample. */
    float alpha(int i) {
        return flow ? 1 - sigmas[i] : 1 / (float) Math.sqrt(sigmas[i] * sigmas[i] + 1);
    }

    /** Standard deviation of the noise in the sample. */
    float sigma(int i) {
        return flow ? sigmas[i] : sigmas[i] * alpha(i);
    }

    /** Half of the logarithm of the ratio of signal to noise; infinite where there is no noise. */
    float lambda(int i) {
        return (float) Math.log(alpha(i)) - (float) Math.log(sigma(i));
    }
}
