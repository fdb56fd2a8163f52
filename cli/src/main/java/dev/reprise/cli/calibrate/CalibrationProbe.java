package dev.reprise.cli.calibrate;

import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.Decision;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.PolicyState;
import dev.reprise.cache.Reason;
import dev.reprise.cache.Subject;
import dev.reprise.cache.math.Tensor;
import dev.reprise.graph.bundle.BlockChain;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A policy that computes every step and measures what the other policies decide by. One probe is for one generation: it collects
 * {@link #figures}.
 */
public final class CalibrationProbe implements CachePolicy {
    private final List<StepFigures> figures = new ArrayList<>();

    /** One entry per step, in order. */
    public List<StepFigures> figures() {
        return List.copyOf(figures);
    }

    @Override
    public String id() {
        return "calibration_probe";
    }

    @Override
    public BoundPolicy bind(Manifest model) {
        return new Measurement(model).policy();
    }

    private final class Measurement implements PolicyState {
        private final Set<String> inputs = new LinkedHashSet<>();
        private final @Nullable BlockChain chain;
        private final @Nullable String latents;
        private final String output;
        private final Set<String> watched;

        Measurement(Manifest model) {
            model.inputs().stream().map(TensorSpec::name).forEach(inputs::add);
            chain = model.chain();
            latents = model.roles().latents();
            output = model.outputs().get(0).name();
            watched = watched(chain);
            watched.removeAll(inputs);
        }

        BoundPolicy policy() {
            return new BoundPolicy(
                    Set.of(), watched, watched.stream().collect(Collectors.toMap(name -> name, name -> 1)), () -> this);
        }

        private static Set<String> watched(@Nullable BlockChain chain) {
            Set<String> watched = new LinkedHashSet<>();
            if (chain != null) {
                watched.add(chain.hiddenStates());
                watched.add(chain.first().hiddenStates());
                watched.add(chain.last().hiddenStates());
                if (chain.modulatedInput() != null) {
                    watched.add(chain.modulatedInput());
                }
            }
            return watched;
        }

        @Override
        public void before(DenoisingStep step) {
            watched.forEach(step::observe);
            step.decide(Subject.MODEL, Decision.COMPUTE, Reason.CALIBRATION);
        }

        @Override
        public void after(DenoisingStep step) {
            Tensor first = null;
            Tensor residual = null;
            Tensor modulated = null;
            if (chain != null) {
                Tensor entering = tensor(step, chain.hiddenStates());
                first = difference(step, tensor(step, chain.first().hiddenStates()), entering);
                residual = difference(step, tensor(step, chain.last().hiddenStates()), entering);
                modulated = chain.modulatedInput() == null ? null : tensor(step, chain.modulatedInput());
            }
            // Before the slots are written: that lets the tensors of the last step go.
            Tensor before = step.cache().get("residual");
            double ratio = residual == null || before == null
                    ? (residual == null ? Double.NaN : 1)
                    : step.math().meanTokenNormRatio(residual, before);
            figures.add(new StepFigures(
                    step.index(),
                    step.timestep(),
                    change(step, "first_block", first),
                    change(
                            step,
                            "modulated",
                            modulated == null ? null : step.math().copy(modulated)),
                    change(step, "residual", residual),
                    change(step, "latents", latents == null ? null : step.math().copy(step.input(latents))),
                    change(step, "output", step.math().copy(step.output(output))),
                    ratio));
        }

        private @Nullable Tensor tensor(DenoisingStep step, String name) {
            return inputs.contains(name) ? step.input(name) : step.computed(name);
        }

        /** a − b, null where one is missing or their shapes differ. */
        private static @Nullable Tensor difference(DenoisingStep step, @Nullable Tensor a, @Nullable Tensor b) {
            return a == null || b == null || !Arrays.equals(a.shape(), b.shape())
                    ? null
                    : step.math().subtract(a, b);
        }

        /** Relative distance from the last step's tensor, which this one replaces. */
        private static double change(DenoisingStep step, String slot, @Nullable Tensor now) {
            if (now == null || !now.elementType().isFloatingPoint()) {
                return Double.NaN;
            }
            Tensor before = step.cache().get(slot);
            double change = before == null ? Double.NaN : step.math().relativeDistance(before, now);
            step.cache().put(slot, now);
            return change;
        }
    }
}
