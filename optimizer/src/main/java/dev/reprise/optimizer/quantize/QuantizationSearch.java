package dev.reprise.optimizer.quantize;

import dev.reprise.ort.ModelSession;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which segments to quantize: those that cost least error for each multiply-add, as many as stay within what is allowed together.
 * Every error is measured on the model's outputs. Takes half a step for each candidate, and a step for each doubling of their number.
 */
final class QuantizationSearch {
    private final List<SegmentRuns> steps;
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
     * @param least the smallest error that one alone makes
     */
    record Choice(List<Measured> chosen, double error, double least) {
        Choice {
            chosen = List.copyOf(chosen);
        }
    }

    QuantizationSearch(List<SegmentRuns> steps, double maxError) {
        this.steps = List.copyOf(steps);
        this.maxError = maxError;
    }

    Measured measure(Candidate candidate) {
        return new Measured(candidate, error(List.of(candidate)));
    }

    Choice choose(List<Measured> measured) {
        List<Measured> cheapest = new ArrayList<>(measured);
        cheapest.removeIf(candidate -> candidate.error() > maxError);
        cheapest.sort(Comparator.comparingDouble(Measured::perMultiplyAdd));
        double least = measured.stream().mapToDouble(Measured::error).min().orElse(0);
        int within = 0;
        double error = 0;
        int beyond = cheapest.size() + 1;
        while (beyond - within > 1) {
            // All of them first: that often fits.
            int middle = beyond > cheapest.size() ? cheapest.size() : (within + beyond) / 2;
            double together = error(cheapest.subList(0, middle).stream()
                    .map(Measured::candidate)
                    .toList());
            if (together <= maxError) {
                within = middle;
                error = together;
            } else {
                beyond = middle;
            }
        }
        return new Choice(cheapest.subList(0, within), error, least);
    }

    private double error(List<Candidate> candidates) {
        Map<Integer, ModelSession> changed = new HashMap<>();
        candidates.forEach(candidate -> changed.put(candidate.segment(), candidate.session()));
        return steps.stream().mapToDouble(step -> step.error(changed)).max().orElse(0);
    }
}
