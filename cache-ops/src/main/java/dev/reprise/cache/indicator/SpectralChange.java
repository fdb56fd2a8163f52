package dev.reprise.cache.indicator;

import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.math.SpectralFilter;
import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.Parameters;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.Indicator;
import dev.reprise.cache.reuse.LatentsInput;
import dev.reprise.graph.bundle.Manifest;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * SeaCache's indicator: how the latents change from step to step once a filter has taken the noise out of them, as a Wiener filter for a
 * signal of power {@code |f|^−p} in noise of this step's level would. Needs no blocks: works on any graph whose latents are
 * {@code [.., height, width]}.
 *
 * <pre>
 *   g(f) = (1−σ)·P / ((1−σ)²·P + σ²),  P = |f|^−p,  σ = timestep/1000;  a product over the axes, divided by its mean
 *   δ = ‖s_t − s_{t−1}‖ / ‖s_{t−1}‖,  s = filtered latents;   acc += δ;   skip while acc &lt; threshold
 * </pre>
 *
 * <p>Source: https://arxiv.org/abs/2602.18993, as in diffusers.
 */
public final class SpectralChange implements Indicator {
    public static final Parameter<Double> THRESHOLD = Parameter.of(
            "threshold", ParameterType.number(0), 0.25, "accumulated change", "Compute when the sum reaches it");
    public static final Parameter<Double> POWER_EXP = Parameter.of(
            "power_exp", ParameterType.number(0), 3.0, "", "How fast the power of a clean signal falls with frequency");

    public static final PartType<Indicator> TYPE = new PartType<>(
            "spectral_change",
            "Compute when the latents without their noise have changed enough (SeaCache)",
            "https://arxiv.org/abs/2602.18993",
            List.of(THRESHOLD, POWER_EXP),
            SpectralChange::new);

    private static final String LAST = "filtered_latents";
    private static final double TIMESTEPS = 1000;

    private final double threshold;
    private final double powerExp;

    private SpectralChange(Parameters values) {
        threshold = values.get(THRESHOLD);
        powerExp = values.get(POWER_EXP);
    }

    @Override
    public boolean computesAlways() {
        return threshold == 0;
    }

    @Override
    public Bound bind(String policy, Manifest model) {
        String latents = LatentsInput.find(policy, model).name();
        return new Bound(Set.of(), Map.of(latents, 1), () -> new State(latents));
    }

    private final class State extends AccumulatedChange {
        private final String latents;

        State(String latents) {
            super(LAST, threshold);
            this.latents = latents;
        }

        @Override
        Tensor probe(DenoisingStep step) {
            return step.math().filter(step.input(latents), new SpectralFilter(step.timestep() / TIMESTEPS, powerExp));
        }
    }
}
