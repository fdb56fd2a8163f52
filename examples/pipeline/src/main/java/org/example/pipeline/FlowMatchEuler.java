package org.example.pipeline;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Flow matching with Euler steps: {@code x += (σ' − σ)·v}, timestep {@code N·σ}. Noise levels, in this order: even, shifted, stretched to end at
 * {@code shift_terminal}, spaced anew, inverted. Sums are float32 where diffusers' are.
 */
final class FlowMatchEuler implements Scheduler {
    static final String CLASS = "FlowMatchEulerDiscreteScheduler";

    private static final Set<String> FIELDS = new HashSet<>(List.of(
            "num_train_timesteps",
            "shift",
            "use_dynamic_shifting",
            "base_shift",
            "max_shift",
            "base_image_seq_len",
            "max_image_seq_len",
            "invert_sigmas",
            "shift_terminal",
            "use_karras_sigmas",
            "use_exponential_sigmas",
            "use_beta_sigmas",
            "time_shift_type",
            "stochastic_sampling"));

    private final double[] timesteps;
    private final float[] sigmas;

    FlowMatchEuler(ConfigFile config, int steps, int imageTokens) {
        config.requireOnly(FIELDS);
        config.requireOff("use_beta_sigmas", "there are Karras and exponential levels");
        config.requireOff("stochastic_sampling", "its noise is PyTorch's");
        if (config.flag("use_karras_sigmas", false) && config.flag("use_exponential_sigmas", false)) {
            throw new UnusableExportException(
                    config.name() + ": only one of use_karras_sigmas and use_exponential_sigmas may be true");
        }
        int trained = config.count("num_train_timesteps", 1000);
        double[] levels = spaced(config, stretched(config, shifted(config, trained, steps, imageTokens)));
        timesteps = new double[steps];
        sigmas = new float[steps + 1];
        boolean inverted = config.flag("invert_sigmas", false);
        for (int i = 0; i < steps; i++) {
            sigmas[i] = inverted ? 1 - (float) levels[i] : (float) levels[i];
            timesteps[i] = sigmas[i] * trained;
        }
        sigmas[steps] = inverted ? 1 : 0;
    }

    private static double[] shifted(ConfigFile config, int trained, int steps, int imageTokens) {
        boolean dynamic = config.flag("use_dynamic_shifting", false);
        float shift = (float) config.number("shift", 1);
        float lowest = 1f / trained;
        // A fixed shift moves the lowest level, and then all of them once more.
        double last = dynamic ? lowest : shift * lowest / (1 + (shift - 1) * lowest);
        double[] levels = NoiseLevels.linear(1, last, steps);
        double mu = dynamic ? DynamicShift.mu(config, imageTokens) : 0;
        boolean linear =
                config.word("time_shift_type", List.of("exponential", "linear")).equals("linear");
        for (int i = 0; i < steps; i++) {
            levels[i] = dynamic
                    ? dynamic(linear ? mu : Math.exp(mu), levels[i])
                    : NoiseLevels.shifted(levels[i], config.number("shift", 1));
        }
        return levels;
    }

    private static double dynamic(double shift, double level) {
        return shift / (shift + (1 / level - 1));
    }

    private static double[] stretched(ConfigFile config, double[] levels) {
        double terminal = config.number("shift_terminal", 0);
        if (terminal != 0) {
            double scale = (1 - levels[levels.length - 1]) / (1 - terminal);
            for (int i = 0; i < levels.length; i++) {
                levels[i] = 1 - (1 - levels[i]) / scale;
            }
        }
        return levels;
    }

    private static double[] spaced(ConfigFile config, double[] levels) {
        double first = levels[0];
        double last = levels[levels.length - 1];
        if (config.flag("use_karras_sigmas", false)) {
            return NoiseLevels.karras(first, last, levels.length);
        }
        return config.flag("use_exponential_sigmas", false)
                ? NoiseLevels.exponential(first, last, levels.length)
                : levels;
    }

    @Override
    public double[] timesteps() {
        return timesteps.clone();
    }

    @Override
    public float[] sigmas() {
        return sigmas.clone();
    }

    @Override
    public void step(int step, float[] sample, float[] output) {
        float span = sigmas[step + 1] - sigmas[step];
        for (int i = 0; i < sample.length; i++) {
            sample[i] += span * output[i];
        }
    }
}
