package dev.reprise.runtime.step;

import dev.reprise.cache.Decision;
import dev.reprise.ort.api.TransferCount;
import dev.reprise.runtime.api.StepTrace;
import dev.reprise.runtime.api.Summary;
import dev.reprise.runtime.api.TracedDecision;
import dev.reprise.runtime.session.LoadedModel;
import dev.reprise.runtime.tensor.CacheBudget;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/** Collects step traces: the last ones in full, all of them in sums. */
final class Trace {
    private final int length;
    private final Deque<StepTrace> last = new ArrayDeque<>();
    private final SortedMap<String, Long> contexts = new TreeMap<>();
    private final Map<Decision, Long> decisions = new EnumMap<>(Decision.class);
    private final SortedMap<String, Long> reasons = new TreeMap<>();
    private final SortedMap<String, Long> resets = new TreeMap<>();
    private final List<String> warnings = new ArrayList<>();
    private long steps;
    private long segmentsRun;
    private long segmentsKept;
    private long segmentsShared;
    private long nanos;
    private long fullSteps;
    private long fullNanos;
    private long multiplyAdds;
    private long totalMultiplyAdds;
    private TransferCount transfers = TransferCount.NONE;

    Trace(int length) {
        this.length = length;
    }

    void add(StepTrace step) {
        if (last.size() == length) {
            last.removeFirst();
        }
        last.addLast(step);
        steps++;
        contexts.merge(step.context(), 1L, Long::sum);
        boolean full = true;
        for (TracedDecision decision : step.decisions()) {
            decisions.merge(decision.decision(), 1L, Long::sum);
            reasons.merge(decision.reason().code(), 1L, Long::sum);
            full &= decision.decision() == Decision.COMPUTE;
        }
        if (step.reset() != null) {
            resets.merge(step.reset().code(), 1L, Long::sum);
        }
        segmentsRun += step.segmentsRun().cardinality();
        segmentsKept += step.segmentsKept().cardinality();
        segmentsShared += step.segmentsShared().cardinality();
        nanos += step.nanos();
        multiplyAdds += step.multiplyAdds();
        totalMultiplyAdds += step.totalMultiplyAdds();
        transfers = transfers.plus(step.transfers());
        if (full) {
            fullSteps++;
            fullNanos += step.nanos();
        }
    }

    /** Adds a warning; the same one only once. Returns whether it is new. */
    boolean warn(String warning) {
        return !warnings.contains(warning) && warnings.add(warning);
    }

    List<StepTrace> steps() {
        return List.copyOf(last);
    }

    Summary summary(LoadedModel model, CacheBudget budget) {
        OptionalLong saved = fullSteps == 0
                ? OptionalLong.empty()
                : OptionalLong.of(Math.max(0, fullNanos / fullSteps * steps - nanos));
        return new Summary(
                model.runsOn(),
                steps,
                contexts,
                decisions,
                reasons,
                resets,
                segmentsRun,
                segmentsKept,
                segmentsShared,
                nanos,
                saved,
                multiplyAdds,
                totalMultiplyAdds,
                budget.used(),
                budget.peak(),
                budget.usedOnDevice(),
                model.sharedCacheBytes(),
                model.arenaBytes(),
                transfers,
                model.live().count(),
                warnings);
    }
}
