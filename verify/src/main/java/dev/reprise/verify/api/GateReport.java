package dev.reprise.verify.api;

import dev.reprise.verify.text.Units;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A verification as its reports show it. The formats know nothing of replays, and replays nothing of formats.
 *
 * @param model what was verified, as it was given
 * @param facts what was run: name and value, in order
 * @param entries one for each replay, in order
 */
public record GateReport(String model, Map<String, String> facts, List<Entry> entries) {
    public GateReport {
        entries = List.copyOf(entries);
    }

    /** What a test would be that tested this. */
    public enum Outcome {
        PASSED,
        /** It ran, and is not as it should be. */
        FAILED,
        /** It broke off. */
        ERROR,
        /** It could not be tried here. */
        SKIPPED
    }

    /**
     * One replay.
     *
     * @param recording the recording's folder, as it was given
     * @param policy name in the recording
     * @param outcome as of a test
     * @param rule what kind of finding it is, "" when it passed: {@code drift}, {@code broken}, {@code budget}, {@code vacuous},
     *     {@code unsupported}
     * @param verdict {@code SAME-BITS}
     * @param figures names and values for people, in order
     * @param lines what there is to say, most important first
     * @param module path of the module that first went another way, where known
     * @param errors the error of every step, empty when it did not run to its end
     * @param tolerance largest error that passes
     * @param plane a part of the outputs of the worst step
     * @param map what a policy did at every step
     */
    public record Entry(
            String recording,
            String policy,
            Outcome outcome,
            String rule,
            String verdict,
            Map<String, String> figures,
            List<String> lines,
            Optional<String> module,
            List<Double> errors,
            double tolerance,
            Optional<OutputPlane> plane,
            Optional<StepMap> map) {
        public Entry {
            lines = List.copyOf(lines);
            errors = List.copyOf(errors);
        }

        public boolean fails() {
            return outcome == Outcome.FAILED || outcome == Outcome.ERROR;
        }

        /** In one line: {@code fbc: DRIFT in blocks.3.attn: left the tolerance …}. */
        public String headline() {
            return policy + ": " + verdict + module.map(path -> " in " + path).orElse("")
                    + (lines.isEmpty() ? "" : ": " + lines.get(0));
        }
    }

    /** {@code 1 of 3 replays failed}. */
    public String headline() {
        long failed = count(Outcome.FAILED) + count(Outcome.ERROR);
        return failed == 0
                ? Units.count(entries.size(), "replay") + " passed"
                        + (count(Outcome.SKIPPED) == 0 ? "" : ", " + count(Outcome.SKIPPED) + " of them skipped")
                : failed + " of " + entries.size() + " replays failed";
    }

    /** Names of the figures of all entries, in order. */
    public Set<String> figures() {
        Set<String> figures = new LinkedHashSet<>();
        entries.forEach(entry -> figures.addAll(entry.figures().keySet()));
        return figures;
    }

    public boolean passed() {
        return entries.stream().noneMatch(Entry::fails);
    }

    public long count(Outcome outcome) {
        return entries.stream().filter(entry -> entry.outcome() == outcome).count();
    }
}
