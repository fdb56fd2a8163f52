package dev.reprise.cli.bench;

import dev.reprise.cli.measure.Machine;
import dev.reprise.cli.measure.Participant;
import dev.reprise.cli.measure.StepTimes;
import dev.reprise.runtime.api.Summary;
import dev.reprise.verify.run.PairedSpeedup;
import dev.reprise.verify.run.PolicyChoice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What was measured.
 *
 * @param model what was run
 * @param modelHash of the original's file
 * @param machine where it ran
 * @param runsOn execution provider and threads: {@code cpu, 2 threads}
 * @param steps denoising steps of a generation
 * @param rounds generations that were measured
 * @param arenaBytes bytes that the arena of the CPU's memory took at the end, empty where sessions share none
 * @param repeatedPrompt what a repeated prompt saves, empty where nothing depends on the prompt or the timestep alone
 * @param rows the original model where it is there, the cut one, then every policy
 */
record BenchResult(
        String model,
        String modelHash,
        String machine,
        String runsOn,
        int steps,
        int rounds,
        OptionalLong arenaBytes,
        Optional<RepeatedPrompt> repeatedPrompt,
        List<Row> rows) {
    static final String ORIGINAL = "original";
    static final String CUT = "cut";

    BenchResult {
        rows = List.copyOf(rows);
    }

    /**
     * One way to run the model.
     *
     * @param name {@link #ORIGINAL}, {@link #CUT} or the policy's label
     * @param choice the policy, null without one
     * @param meanNanos mean time of a step
     * @param roundNanos mean time of a step in each round
     * @param speedup over the original, from the rounds; empty where the original is not there
     * @param ratioToOriginal that over the original model's; empty where the original is not there
     * @param computedShare share of the multiply-adds that was computed
     * @param predictedNanos the cut model's time for this share; empty for the original
     * @param cacheBytes the most that was kept for a next step
     * @param deviceCacheBytes the part of it in the memory of a device
     * @param crossing what crossed between the memories of the CPU and of a device in a step; empty for the original
     * @param peakBytes peak memory of a process that runs only this; empty where it was not measured
     * @param kinds steps by what they computed; empty without a policy
     */
    record Row(
            String name,
            @Nullable PolicyChoice choice,
            double meanNanos,
            List<Double> roundNanos,
            Optional<PairedSpeedup> speedup,
            OptionalDouble ratioToOriginal,
            double computedShare,
            OptionalDouble predictedNanos,
            long cacheBytes,
            long deviceCacheBytes,
            Optional<Participant.Crossing> crossing,
            OptionalLong peakBytes,
            List<Kind> kinds) {
        Row {
            roundNanos = List.copyOf(roundNanos);
            kinds = List.copyOf(kinds);
        }
    }

    /** Steps that computed the same share, and the cut model's time for that share. */
    record Kind(StepTimes.Kind measured, double predictedNanos) {
        /** How much longer than predicted, as a share; empty where next to nothing was computed. */
        OptionalDouble excess() {
            return measured.computedShare() < 0.01
                    ? OptionalDouble.empty()
                    : OptionalDouble.of(measured.nanos() / predictedNanos - 1);
        }
    }

    /**
     * The figures of participants that ran side by side.
     *
     * @param summary of the model that ran
     * @param choices policies by participant's name
     * @param peaks peak memory by participant's name
     * @param repeated what a repeated prompt saves
     */
    static BenchResult of(
            String model,
            String modelHash,
            Summary summary,
            int steps,
            int rounds,
            List<Participant> participants,
            Map<String, PolicyChoice> choices,
            Map<String, Long> peaks,
            Optional<RepeatedPrompt> repeated) {
        StepTimes cut = named(participants, CUT).orElseThrow().times();
        Optional<Participant> original = named(participants, ORIGINAL);
        double nanosOfAll = cut.meanNanos() / cut.computedShare();
        List<Row> rows = new ArrayList<>();
        for (Participant participant : participants) {
            StepTimes times = participant.times();
            boolean isOriginal = participant.name().equals(ORIGINAL);
            PolicyChoice choice = choices.get(participant.name());
            Long peak = peaks.get(participant.name());
            rows.add(new Row(
                    participant.name(),
                    choice,
                    times.meanNanos(),
                    participant.rounds(),
                    original.map(whole -> speedup(whole, participant)),
                    original.stream()
                            .mapToDouble(
                                    whole -> times.meanNanos() / whole.times().meanNanos())
                            .findFirst(),
                    times.computedShare(),
                    isOriginal ? OptionalDouble.empty() : OptionalDouble.of(nanosOfAll * times.computedShare()),
                    participant.cacheBytes(),
                    participant.deviceCacheBytes(),
                    participant.crossing(),
                    peak == null ? OptionalLong.empty() : OptionalLong.of(peak),
                    choice == null
                            ? List.of()
                            : times.kinds().stream()
                                    .map(kind -> new Kind(kind, nanosOfAll * kind.computedShare()))
                                    .toList()));
        }
        return new BenchResult(
                model,
                modelHash,
                Machine.describe(),
                summary.runsOn(),
                steps,
                rounds,
                summary.arenaBytes(),
                repeated,
                rows);
    }

    /** Each round gives a ratio: what else the machine did then met both. */
    private static PairedSpeedup speedup(Participant original, Participant participant) {
        double[] ratios = new double[participant.rounds().size()];
        for (int round = 0; round < ratios.length; round++) {
            ratios[round] = original.rounds().get(round) / participant.rounds().get(round);
        }
        return PairedSpeedup.of(ratios);
    }

    private static Optional<Participant> named(List<Participant> participants, String name) {
        return participants.stream()
                .filter(participant -> participant.name().equals(name))
                .findFirst();
    }
}
