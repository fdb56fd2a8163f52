package dev.reprise.optimizer.quantize;

import dev.reprise.ort.ModelSession;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which segments to quantize: those that cost least error for each multiply-add, as many as stay within what is allowed together.
 * Every error is measured on the model's outputs: that of one candidate at a few steps, from its segment on; that of several
 * together at all steps.
 */
final class QuantizationSearch {
    private final List<SegmentRuns> few;
    private final List<SegmentRuns> all;
    private final double maxError;

    /**
     * A segment that can be quantized.
     *
     * @param segment its index
     * @param session its quantized model
     * @param multiplyAdds what multiplies in int8 there
     */
    record Candidate(int segment, ModelSession session, long multiplyAdds) {}

    /** A candidate with the error that it makes alone. */
    record Measured(Candidate candidate, double error) {
        double perMultiplyAdd() {
            return error / Math.max(1, candidate.multiplyAdds());
        }
    }

    /**
     * What was found.
     *
     * @param chosen the candidates to quantize, cheapest first
     * @param error of all of them together
     */
    record Choice(List<Measured> chosen, double error) {
        Choice {
            chosen = List.copyOf(chosen);
        }
    }

    /**
     * A search.
     *
     * @param few steps at which candidates are measured one by one
     * @param all steps at which what is chosen must stay within the largest error
     */
    QuantizationSearch(List<SegmentRuns> few, List<SegmentRuns> all, double maxError) {
        this.few = List.copyOf(few);
        this.all = List.copyOf(all);
        this.maxError = maxError;
    }

    Measured measure(Candidate candidate) {
        return new Measured(candidate, error(few, List.of(candidate)));
    }

    Choice choose(List<Measured> measured) {
        List<Measured> cheapest = new ArrayList<>(measured);
        cheapest.removeIf(candidate -> candidate.error() > maxError);
        cheapest.sort(Comparator.comparingDouble(Measured::perMultiplyAdd));
        int within = 0;
        double error = 0;
        int beyond = cheapest.size() + 1;
        while (beyond - within > 1) {
            // All of them first: that often fits.
            int middle = beyond > cheapest.size() ? cheapest.size() : (within + beyond) / 2;
            double together = error(
                    all,
                    cheapest.subList(0, middle).stream()
                            .map(Measured::candidate)
                            .toList());
            if (together <= maxError) {
                within = middle;
                error = together;
            } else {
                beyond = middle;
            }
        }
        return new Choice(cheapest.subList(0, within), error);
    }

    /** The largest error of some steps; of those up to the first that has too large a one, where one has. */
    private double error(List<SegmentRuns> steps, List<Candidate> candidates) {
        Map<Integer, ModelSession> changed = new HashMap<>();
        candidates.forEach(candidate -> changed.put(candidate.segment(), candidate.session()));
        double error = 0;
        for (SegmentRuns step : steps) {
            error = Math.max(error, step.error(changed));
            if (error > maxError) {
                break;
            }
        }
        return error;
    }
}
