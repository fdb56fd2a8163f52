package dev.reprise.cache.indicator;

import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.Reason;
import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.math.TensorMath;
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
 * SenCache's indicator: how much the output changes per change of the latents u and of the timestep τ, measured once for every timestep by
 * finite differences, says how far it is from that of the last computed step a. n latents; norms are roots of sums of squares:
 *
 * <pre>
 *   J_x(τ) = ‖v(u′, τ) − v(u, τ)‖ / ‖u′ − u‖,   J_t(τ) = ‖v(u, τ′) − v(u, τ)‖ / |τ′ − τ|        u′, τ′ of the next step
 *   e = (J_x(τ_a)·‖u_t − u_a‖ + J_t(τ_a)·|τ_t − τ_a|) / √n
 *   skip while e &lt; thresh_start in the first fifth of the steps, e &lt; thresh_main behind it
 * </pre>
 *
 * The tables are those of the nearest timestep; {@code reprise calibrate --sensitivity} measures them. The defaults say that the output
 * changes as much as the latents do. It looks at no tensor of the model: works on any graph.
 *
 * <p>Source: https://arxiv.org/abs/2602.24208, https://github.com/vita-epfl/SenCache, where the factor √n is written into each script.
 */
public final class Sensitivity implements Indicator {
    public static final Parameter<Double> THRESH_START = Parameter.of(
                    "thresh_start",
                    ParameterType.number(0),
                    0.005,
                    "expected change",
                    "Threshold of the first fifth of the steps")
            .alias("sencache_thresh_start");
    public static final Parameter<Double> THRESH_MAIN = Parameter.of(
                    "thresh_main",
                    ParameterType.number(0),
                    0.07,
                    "expected change",
                    "Compute when the expected change reaches it")
            .alias("sencache_thresh_main");
    public static final Parameter<List<Double>> J_X_NORM = Parameter.of(
            "j_x_norm",
            ParameterType.numbers(1),
            List.of(1.0),
            "",
            "Change of the output per change of the latents, at each of the timesteps; from calibration");
    public static final Parameter<List<Double>> J_T_NORM = Parameter.of(
            "j_t_norm",
            ParameterType.numbers(1),
            List.of(0.0),
            "per timestep",
            "Change of the output per change of the timestep, at each of the timesteps; from calibration");
    public static final Parameter<List<Double>> TIMESTEPS = Parameter.of(
            "timesteps",
            ParameterType.numbers(1),
            List.of(0.0),
            "timesteps",
            "The timesteps of the tables; from calibration");

    public static final PartType<Indicator> TYPE = new PartType<>(
            "sensitivity",
            "Compute when the change expected from measured sensitivities is too great (SenCache)",
            "https://arxiv.org/abs/2602.24208",
            List.of(THRESH_START, THRESH_MAIN, J_X_NORM, J_T_NORM, TIMESTEPS),
            Sensitivity::new);

    private static final String ANCHOR = "sensitivity/latents_a";
    private static final double START = 0.2;

    private final double threshStart;
    private final double threshMain;
    private final List<Double> byLatents;
    private final List<Double> byTimestep;
    private final List<Double> timesteps;

    private Sensitivity(Parameters values) {
        threshStart = values.get(THRESH_START);
        threshMain = values.get(THRESH_MAIN);
        byLatents = values.get(J_X_NORM);
        byTimestep = values.get(J_T_NORM);
        timesteps = values.get(TIMESTEPS);
        if (byLatents.size() != timesteps.size() || byTimestep.size() != timesteps.size()) {
            throw new InvalidPolicyException(
                    TYPE.id() + ": j_x_norm, j_t_norm and timesteps must have one value per timestep, had "
                            + byLatents.size() + ", " + byTimestep.size() + " and " + timesteps.size());
        }
    }

    @Override
    public boolean computesAlways() {
        return threshStart == 0 && threshMain == 0;
    }

    @Override
    public Bound bind(String policy, Manifest model) {
        String latents = LatentsInput.find(policy, model).name();
        return new Bound(Set.of(), Map.of(latents, 1), () -> new State(latents));
    }

    private int nearest(double timestep) {
        int nearest = 0;
        for (int i = 1; i < timesteps.size(); i++) {
            if (Math.abs(timesteps.get(i) - timestep) < Math.abs(timesteps.get(nearest) - timestep)) {
                nearest = i;
            }
        }
        return nearest;
    }

    private final class State implements Indicator.State {
        private final String latents;
        private double anchor;

        State(String latents) {
            this.latents = latents;
        }

        @Override
        public Verdict judge(DenoisingStep step) {
            Tensor last = step.cache().get(ANCHOR);
            if (last == null) {
                return Verdict.of(true, step.cache().missing(List.of(ANCHOR)));
            }
            Tensor now = step.input(latents);
            int nearest = nearest(anchor);
            double change = byLatents.get(nearest) * step.math().rootMeanSquareDistance(now, last)
                    + byTimestep.get(nearest)
                            * Math.abs(step.timestep() - anchor)
                            / Math.sqrt((double) TensorMath.elements(now));
            boolean start = step.count().isPresent()
                    && step.index() < Math.rint(step.count().getAsInt() * START);
            double threshold = start ? threshStart : threshMain;
            return new Verdict(!(change < threshold), Reason.difference(change, threshold), change);
        }

        @Override
        public void after(DenoisingStep step, boolean computed) {
            if (computed) {
                anchor = step.timestep();
                step.cache().put(ANCHOR, step.math().copy(step.input(latents)));
            }
        }
    }
}
