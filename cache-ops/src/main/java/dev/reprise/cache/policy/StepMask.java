package dev.reprise.cache.policy;

import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.Decision;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.PolicyState;
import dev.reprise.cache.Reason;
import dev.reprise.cache.Subject;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.Parameters;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.part.Skippable;
import dev.reprise.cache.reuse.BlockResidual;
import dev.reprise.cache.reuse.BlockSpan;
import dev.reprise.cache.reuse.ComputationMask;
import dev.reprise.cache.reuse.ModelOutputs;
import dev.reprise.graph.bundle.Manifest;
import java.util.List;
import java.util.Set;

/**
 * Step mask: a fixed schedule, for example frozen from a recorded dynamic run, or {@code slow}, {@code medium}, {@code fast} or
 * {@code ultra} of cache-dit. {@code 1} computes the step, {@code 0} skips
 *
 * <ul>
 *   <li>{@code blocks}: all transformer blocks. {@code h^L = x_t + R}, {@code R = h^L_a − x_a} of the last computed step, the encoder
 *       stream likewise; what is in front of the blocks and behind them runs. [batch, tokens, channels]
 *   <li>{@code output}: the whole model, on any graph. Every output is that of the last computed step.
 *   <li>{@code auto}: blocks where a chain of blocks was found, else output.
 * </ul>
 *
 * Steps behind the end of the mask compute.
 */
public final class StepMask implements CachePolicy {
    /** What a skipped step does not run. */
    public enum Skip {
        /** The blocks where a chain of them was found, else the whole model. */
        AUTO,
        BLOCKS,
        OUTPUT
    }

    public static final Parameter<String> MASK = Parameter.of(
            "mask",
            ParameterType.mask(ComputationMask.PRESETS),
            "1",
            "steps",
            "1 computes a step, 0 skips it; steps behind its end compute. Or a preset of cache-dit");
    public static final Parameter<Skip> SKIP = Parameter.of(
            "skip",
            ParameterType.choice(List.of(Skip.values())),
            Skip.AUTO,
            "",
            "What a skipped step does not run: all transformer blocks, or the whole model");

    public static final PolicyType TYPE = new PolicyType(
            "step_mask",
            List.of("mask", "static_mask"),
            "Skip the steps that a 0/1 mask says",
            "",
            List.of(MASK, SKIP),
            StepMask::new);

    private final ComputationMask mask;
    private final Skip skip;

    private StepMask(Parameters parameters) {
        mask = new ComputationMask(parameters.get(MASK));
        skip = parameters.get(SKIP);
    }

    public static PolicyBuilder builder() {
        return TYPE.builder();
    }

    @Override
    public String id() {
        return TYPE.id();
    }

    @Override
    public BoundPolicy bind(Manifest model) {
        if (skip == Skip.BLOCKS || (skip == Skip.AUTO && model.chain() != null)) {
            BlockSpan span = BlockSpan.all(id(), model);
            return new BoundPolicy(
                    span.provides(),
                    span.entering(),
                    span.keeps(1),
                    () -> new State(Subject.BLOCKS, BlockResidual.last(span)));
        }
        List<String> outputs = ModelOutputs.names(model);
        return new BoundPolicy(
                Set.copyOf(outputs),
                Set.of(),
                BoundPolicy.copies(1, outputs),
                () -> new State(Subject.MODEL, ModelOutputs.last(outputs)));
    }

    private final class State implements PolicyState {
        private final Subject subject;
        private final Skippable part;
        private boolean computing;

        State(Subject subject, Skippable part) {
            this.subject = subject;
            this.part = part;
        }

        @Override
        public void before(DenoisingStep step) {
            String steps = mask.of(id(), step);
            boolean masked = step.index() < steps.length() && steps.charAt(step.index()) == '0';
            computing = !masked || !part.ready(step.cache());
            if (computing) {
                part.observe(step);
                step.decide(subject, Decision.COMPUTE, masked ? part.missing(step.cache()) : Reason.MASK);
            } else {
                part.skip(step);
                step.decide(subject, Decision.REUSE, Reason.MASK);
            }
        }

        @Override
        public void after(DenoisingStep step) {
            if (computing) {
                part.keep(step);
            }
        }
    }
}
