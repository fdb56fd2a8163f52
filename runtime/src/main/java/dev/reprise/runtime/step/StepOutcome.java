package dev.reprise.runtime.step;

import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.StepTrace;
import dev.reprise.runtime.api.TracedDecision;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came of one evaluation of the model.
 *
 * @param outputs the caller's outputs, null when they rest on reuse and are not finite
 * @param decisions what the policies decided, in order
 * @param measurements figures that policies measured without deciding on them
 * @param segmentsRun indices of the segments that ran
 * @param segmentsKept indices of the segments that exact caching gave the results of
 * @param segmentsShared those of them that this generation took from what all generations share
 * @param batchShare share of the batch that ran: a policy may have fed half of it
 */
record StepOutcome(
        @Nullable Outputs outputs,
        List<TracedDecision> decisions,
        List<StepTrace.Measurement> measurements,
        BitSet segmentsRun,
        BitSet segmentsKept,
        BitSet segmentsShared,
        double batchShare) {}
