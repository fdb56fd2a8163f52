package org.example.cache;

import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.Decision;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.PolicyState;
import dev.reprise.cache.Reason;
import dev.reprise.cache.Subject;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.ParameterType;
import dev.reprise.cache.parameter.Parameters;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.TensorSpec;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Sparse middle: early steps lay out the picture and late ones its details, so both are computed; of those between only every n-th, while
 * the output changes little. Works on any model.
 *
 * <pre>
 *   step &lt; head or step ≥ steps − tail → compute;  (step − head) mod interval = 0 → compute
 *   d = ‖v_a − v_b‖ / ‖v_a‖ of the last two computed outputs, ‖z‖ = mean(|z|);  d ≥ threshold → compute
 *   else v_t = v_a
 * </pre>
 */
public final class SparseMiddle implements CachePolicy {
    public static final Parameter<Integer> HEAD =
            Parameter.of("head", ParameterType.integer(1), 4, "steps", "Compute this many steps at the start");
    public static final Parameter<Integer> TAIL = Parameter.of(
            "tail",
            ParameterType.integer(0),
            2,
            "steps",
            "Compute this many steps at the end, where their number is known");
    public static final Parameter<Integer> INTERVAL =
            Parameter.of("interval", ParameterType.integer(1), 2, "steps", "Compute every n-th step between them");
    public static final Parameter<Double> THRESHOLD = Parameter.of(
            "threshold",
            ParameterType.number(0),
            0.3,
            "",
            "Skip only while the output changed less than this between the last two computed steps");

    public static final PolicyType TYPE = new PolicyType(
            "sparse_middle",
            List.of("sparse"),
            "Compute the first and the last steps, and every n-th between them",
            "",
            List.of(HEAD, TAIL, INTERVAL, THRESHOLD),
            SparseMiddle::new);

    private final int head;
    private final int tail;
    private final int interval;
    private final double threshold;

    private SparseMiddle(Parameters parameters) {
        head = parameters.get(HEAD);
        tail = parameters.get(TAIL);
        interval = parameters.get(INTERVAL);
        threshold = parameters.get(THRESHOLD);
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
        TensorSpec first = model.outputs().get(0);
        if (!first.elementType().isFloatingPoint()) {
            throw new UnsupportedPolicyException(
                    id() + " compares the first output, which must be of floating point, found " + first.name()
                            + " of type " + first.elementType());
        }
        List<String> outputs = model.outputs().stream().map(TensorSpec::name).toList();
        // It may provide every output, watches nothing else, and keeps one tensor of the size of each.
        return new BoundPolicy(Set.copyOf(outputs), Set.of(), BoundPolicy.copies(1, outputs), () -> new State(outputs));
    }

    /** What it remembers of one guidance branch of one generation. */
    private final class State implements PolicyState {
        private final List<String> outputs;
        /** Of the first output, between the last two computed steps. */
        private double change = Double.POSITIVE_INFINITY;

        private boolean computing;

        State(List<String> outputs) {
            this.outputs = outputs;
        }

        @Override
        public void before(DenoisingStep step) {
            Optional<Reason> due = due(step);
            computing = due.isPresent();
            if (computing) {
                step.decide(Subject.MODEL, Decision.COMPUTE, due.get());
            } else {
                step.decide(Subject.MODEL, Decision.REUSE, Reason.difference(change, threshold));
                // What is provided is not computed, and neither is what it alone would have needed.
                outputs.forEach(output ->
                        step.provide(output, Objects.requireNonNull(step.cache().get(output))));
            }
        }

        /** Why this step must be computed; empty where it may be skipped. */
        private Optional<Reason> due(DenoisingStep step) {
            if (outputs.stream().anyMatch(output -> step.cache().get(output) == null)) {
                return Optional.of(step.cache().missing(outputs));
            }
            if (step.index() < head) {
                return Optional.of(Reason.WARMUP);
            }
            if (step.count().isPresent() && step.index() >= step.count().getAsInt() - tail) {
                return Optional.of(Reason.LAST_STEP);
            }
            if ((step.index() - head) % interval == 0) {
                return Optional.of(Reason.INTERVAL);
            }
            // Not "change >= threshold": a change that is no number computes.
            return change < threshold ? Optional.empty() : Optional.of(Reason.difference(change, threshold));
        }

        @Override
        public void after(DenoisingStep step) {
            if (!computing) {
                return;
            }
            Tensor before = step.cache().get(outputs.get(0));
            if (before != null) {
                change = step.math().relativeDistance(step.output(outputs.get(0)), before);
            }
            outputs.forEach(output -> step.cache().put(output, step.output(output)));
        }
    }
}
