package dev.reprise.runtime.api;

import dev.reprise.cache.Decision;
import dev.reprise.ort.api.TransferCount;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One generation in figures: all steps of all contexts since the model was opened or reset was called last.
 *
 * @param runsOn execution provider and threads: {@code cpu, 2 threads}
 * @param steps model evaluations
 * @param stepsByContext the same by context
 * @param decisions how often policies decided what
 * @param reasons how often they gave which reason, by its code
 * @param resets how often a context was reset by itself, by reason code
 * @param segmentsRun runs of segments
 * @param segmentsKept runs that exact caching saved
 * @param segmentsShared those of them whose results were among what all generations of the model share
 * @param nanos wall time of all steps
 * @param nanosSaved estimate: what the steps that did not compute everything would have taken as the average one that did; empty
 *     when none did
 * @param multiplyAdds multiply-adds that ran
 * @param totalMultiplyAdds multiply-adds if every step had computed everything
 * @param cacheBytes bytes kept now
 * @param peakCacheBytes the most that was ever kept
 * @param deviceCacheBytes bytes kept now in the memory of a device, part of the cache bytes
 * @param sharedCacheBytes bytes that all generations of the loaded model share now; what this one uses of them is part of its cache bytes
 * @param arenaBytes bytes that the arena of the CPU's memory takes for all models of the process, empty where sessions share none
 * @param transfers what crossed between the memories of the CPU and of the device, in all steps
 * @param liveTensors native tensors of the loaded model that nobody has released, of all its generations
 * @param warnings what looked wrong, in words
 */
public record Summary(
        String runsOn,
        long steps,
        SortedMap<String, Long> stepsByContext,
        Map<Decision, Long> decisions,
        SortedMap<String, Long> reasons,
        SortedMap<String, Long> resets,
        long segmentsRun,
        long segmentsKept,
        long segmentsShared,
        long nanos,
        OptionalLong nanosSaved,
        long multiplyAdds,
        long totalMultiplyAdds,
        long cacheBytes,
        long peakCacheBytes,
        long deviceCacheBytes,
        long sharedCacheBytes,
        OptionalLong arenaBytes,
        TransferCount transfers,
        long liveTensors,
        List<String> warnings) {

    public Summary {
        stepsByContext = Collections.unmodifiableSortedMap(new TreeMap<>(stepsByContext));
        decisions = decisions.isEmpty() ? Map.of() : Collections.unmodifiableMap(new EnumMap<>(decisions));
        reasons = Collections.unmodifiableSortedMap(new TreeMap<>(reasons));
        resets = Collections.unmodifiableSortedMap(new TreeMap<>(resets));
        warnings = List.copyOf(warnings);
    }

    /** Share of the multiply-adds that ran, 1 before the first step. */
    public double computedShare() {
        return totalMultiplyAdds == 0 ? 1 : (double) multiplyAdds / totalMultiplyAdds;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%d steps in %.1f ms on %s, %.1f %% computed, cache %.1f MB (peak %.1f MB)",
                steps,
                nanos / 1e6,
                runsOn,
                100 * computedShare(),
                cacheBytes / 1e6,
                peakCacheBytes / 1e6));
        nanosSaved.ifPresent(saved -> text.append(String.format(Locale.ROOT, ", about %.1f ms saved", saved / 1e6)));
        if (segmentsShared > 0) {
            text.append(String.format(
                    Locale.ROOT,
                    ", %d runs of segments saved by the shared cache (%.1f MB)",
                    segmentsShared,
                    sharedCacheBytes / 1e6));
        }
        if (transfers.tensors() > 0) {
            text.append(", copied ").append(transfers);
        }
        if (!decisions.isEmpty()) {
            text.append(", decisions ").append(decisions);
        }
        if (!resets.isEmpty()) {
            text.append(", resets ").append(resets);
        }
        warnings.forEach(warning -> text.append("\nwarning: ").append(warning));
        return text.toString();
    }
}
