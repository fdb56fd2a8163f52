package dev.reprise.runtime.api;

import dev.reprise.cache.Decision;
import dev.reprise.cache.Reason;
import dev.reprise.graph.bundle.Module;
import dev.reprise.ort.api.TransferCount;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * What happened in one step of one context.
 *
 * @param step denoising step
 * @param timestep the scheduler's timestep, where known
 * @param context guidance branch
 * @param decisions what the policies decided, in the order of their decisions
 * @param measurements figures that policies measured without deciding on them
 * @param reset why all that this context remembered was dropped before the step was computed, null when it was not
 * @param segmentsRun indices of the segments that ran
 * @param segmentsKept indices of the segments that exact caching gave the results of
 * @param segmentsShared those of them that this generation took from what all generations of the model share
 * @param nanos wall time of the step
 * @param multiplyAdds multiply-adds that ran
 * @param totalMultiplyAdds multiply-adds of a step that computes everything
 * @param cacheBytes bytes kept after the step, of all contexts
 * @param deviceCacheBytes those of them in the memory of a device
 * @param transfers what crossed between the memories of the CPU and of the device
 */
public record StepTrace(
        int step,
        OptionalDouble timestep,
        String context,
        List<TracedDecision> decisions,
        List<Measurement> measurements,
        @Nullable Reason reset,
        BitSet segmentsRun,
        BitSet segmentsKept,
        BitSet segmentsShared,
        long nanos,
        long multiplyAdds,
        long totalMultiplyAdds,
        long cacheBytes,
        long deviceCacheBytes,
        TransferCount transfers) {

    public StepTrace {
        decisions = List.copyOf(decisions);
        measurements = List.copyOf(measurements);
        segmentsRun = (BitSet) segmentsRun.clone();
        segmentsKept = (BitSet) segmentsKept.clone();
        segmentsShared = (BitSet) segmentsShared.clone();
    }

    /** A figure by its name: {@code residual_ratio}. */
    public record Measurement(String quantity, double value) {}

    @Override
    public BitSet segmentsRun() {
        return (BitSet) segmentsRun.clone();
    }

    @Override
    public BitSet segmentsKept() {
        return (BitSet) segmentsKept.clone();
    }

    @Override
    public BitSet segmentsShared() {
        return (BitSet) segmentsShared.clone();
    }

    /** Whether a policy reused or predicted anything. */
    public boolean reused() {
        return decisions.stream().anyMatch(made -> made.decision() != Decision.COMPUTE);
    }

    /** Whether any layer of a module ran. */
    public boolean ran(Module module) {
        for (int segment : module.segments()) {
            if (segmentsRun.get(segment)) {
                return true;
            }
        }
        return false;
    }

    /** Share of the multiply-adds that ran, 1 for a model without any. */
    public double computedShare() {
        return totalMultiplyAdds == 0 ? 1 : (double) multiplyAdds / totalMultiplyAdds;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "step %d%s %s: %.1f %% computed, %.2f ms%s%s",
                step,
                timestep.isPresent() ? " (t=" + Step.describeTimestep(timestep.getAsDouble()) + ")" : "",
                context,
                100 * computedShare(),
                nanos / 1e6,
                reset == null ? "" : ", reset " + reset,
                decisions.isEmpty() ? "" : ", " + decisions);
    }
}
