package dev.reprise.cache.indicator;

import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.math.PolynomialFit;
import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.Parameters;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.part.Indicator;
import dev.reprise.cache.reuse.BlockSpan;
import dev.reprise.graph.bundle.Manifest;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * TeaCache's indicator: the first block's input after its timestep modulation, from step to step: {@code δ = ‖m_t − m_{t−1}‖/‖m_{t−1}‖},
 * {@code acc += max(0, P(δ))}; skip while {@code acc < threshold}.
 *
 * <p>Source: https://arxiv.org/abs/2411.19108.
 */
public final class ModulatedInput implements Indicator {
    public static final Parameter<Double> THRESHOLD = Parameter.of(
                    "threshold",
                    ParameterType.number(0),
                    0.15,
                    "accumulated change",
                    "Compute when the change since the last computed step reaches it; 0 computes every step")
            .alias("rel_l1_thresh", "rel_l1_threshold");
    public static final Parameter<List<Double>> COEFFICIENTS = Parameter.of(
            "coefficients",
            ParameterType.numbers(1),
            List.of(1.0, 0.0),
            "",
            "Polynomial from probe change to output change, highest power first; from calibration");

    public static final PartType<Indicator> TYPE = new PartType<>(
            "modulated_input",
            "Compute when the modulated input of the first block has changed enough",
            "https://arxiv.org/abs/2411.19108",
            List.of(THRESHOLD, COEFFICIENTS),
            ModulatedInput::new);

    private static final String LAST = "modulated_input";

    private final double threshold;
    private final List<Double> coefficients;

    private ModulatedInput(Parameters values) {
        threshold = values.get(THRESHOLD);
        coefficients = values.get(COEFFICIENTS);
    }

    @Override
    public boolean computesAlways() {
        return threshold == 0;
    }

    @Override
    public Bound bind(String policy, Manifest model) {
        String modulated = BlockSpan.modulatedInput(policy, model);
        return new Bound(Set.of(modulated), Map.of(modulated, 1), () -> new State(modulated));
    }

    private final class State extends AccumulatedChange {
        private final String modulated;

        State(String modulated) {
            super(LAST, threshold);
            this.modulated = modulated;
        }

        @Override
        Tensor probe(DenoisingStep step) {
            return step.pull(modulated);
        }

        @Override
        double weigh(double change) {
            return Math.max(0, PolynomialFit.at(coefficients, change));
        }
    }
}
