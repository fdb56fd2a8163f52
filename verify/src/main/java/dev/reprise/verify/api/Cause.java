package dev.reprise.verify.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Why a replay is not the recorded run, as far as the recording can tell.
 *
 * @param kind what is other than it was
 * @param summary in words
 * @param nodes nodes of the model that changed, came or went
 * @param weights weights that changed, came or went
 * @param firstDrift where the run without a policy first left the tolerance
 */
public record Cause(
        Kind kind, String summary, List<String> nodes, List<String> weights, Optional<FirstDrift> firstDrift) {

    public enum Kind {
        /** Every replay has the recorded bits. */
        NONE,
        /** The model has other nodes. */
        OTHER_GRAPH,
        /** The model has the same nodes and other weights. */
        OTHER_WEIGHTS,
        OTHER_ONNX_RUNTIME,
        /** Another provider, number of threads or kind of machine. */
        OTHER_MACHINE,
        /** The run without a policy is as recorded. */
        POLICIES_ONLY,
        /** All is within the tolerance, and the model is the recorded one. */
        ROUNDING,
        /** The model, ONNX Runtime and the machine are the recorded ones, or the recording does not tell. */
        UNKNOWN;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public static final Cause NONE = new Cause(Kind.NONE, "", List.of(), List.of(), Optional.empty());

    public Cause {
        nodes = List.copyOf(nodes);
        weights = List.copyOf(weights);
    }

    /** In words, a line each: what changed, and where it first shows. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        if (!summary.isEmpty()) {
            lines.add("cause: " + summary);
        }
        firstDrift.ifPresent(drift -> lines.add("first drift: " + drift.described()));
        return lines;
    }
}
