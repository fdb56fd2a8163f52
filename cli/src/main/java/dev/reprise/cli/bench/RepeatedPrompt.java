package dev.reprise.cli.bench;

import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.ort.NativeTensors;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.StepTrace;
import dev.reprise.verify.run.InputSource;
import dev.reprise.verify.run.PairedSpeedup;
import dev.reprise.verify.run.Playback;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The first step of a generation whose prompt and timestep another generation of the loaded model had, beside that of one that is the
 * first to have them. Both in turn, without a policy.
 *
 * @param firstNanos median time of the first one's step
 * @param repeatedNanos median time of the step of the one that repeats it
 * @param ratio of the repeating one's time to the first one's, from the rounds
 * @param savedShare share of the first one's multiply-adds that the repeating one did not compute
 * @param segments segments whose results the generations share
 * @param bytes what they keep for all generations, of one prompt and one timestep
 */
record RepeatedPrompt(
        double firstNanos, double repeatedNanos, PairedSpeedup ratio, double savedShare, int segments, long bytes) {
    private static final int FEWEST_ROUNDS = 11;

    /**
     * Measures.
     *
     * @param model its generations share results
     * @return empty where nothing depends on the prompt or the timestep alone
     * @throws IllegalStateException when the outputs differ in a bit
     */
    static Optional<RepeatedPrompt> measure(CachedTransformer model, InputSource source, int rounds) {
        try (CachedTransformer first = model.newIsolatedGeneration();
                CachedTransformer repeating = model.newGeneration()) {
            run(first, source);
            run(repeating, source);
            List<Run> firsts = new ArrayList<>();
            List<Run> repeated = new ArrayList<>();
            for (int round = 0; round < Math.max(FEWEST_ROUNDS, rounds); round++) {
                if (round % 2 == 0) {
                    firsts.add(run(first, source));
                    repeated.add(run(repeating, source));
                } else {
                    repeated.add(run(repeating, source));
                    firsts.add(run(first, source));
                }
                if (!repeated.get(round).outputs.equals(firsts.get(round).outputs)) {
                    throw new IllegalStateException("a repeated prompt gave other outputs than a new one");
                }
            }
            StepTrace step = repeated.get(0).trace;
            if (step.segmentsShared().isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(new RepeatedPrompt(
                    median(firsts),
                    median(repeated),
                    ratio(repeated, firsts),
                    1
                            - (double) step.multiplyAdds()
                                    / Math.max(1, firsts.get(0).trace.multiplyAdds()),
                    step.segmentsShared().cardinality(),
                    repeating.summary().sharedCacheBytes()));
        }
    }

    private record Run(long nanos, StepTrace trace, List<StoredTensor> outputs) {}

    /** The first step of a generation. */
    private static Run run(CachedTransformer generation, InputSource source) {
        List<Run> runs = new ArrayList<>();
        generation.resetCache();
        Playback.forEachStep(source, 1, (step, inputs) -> {
            long start = System.nanoTime();
            try (Outputs outputs = generation.run(step, inputs)) {
                long nanos = System.nanoTime() - start;
                List<StoredTensor> found = outputs.names().stream()
                        .map(name -> NativeTensors.fromNative(outputs.get(name)))
                        .toList();
                runs.add(new Run(nanos, generation.trace().get(0), found));
            }
        });
        return runs.get(0);
    }

    private static double median(List<Run> runs) {
        long[] sorted = runs.stream().mapToLong(Run::nanos).sorted().toArray();
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2.0;
    }

    private static PairedSpeedup ratio(List<Run> over, List<Run> under) {
        double[] ratios = new double[over.size()];
        Arrays.setAll(ratios, round -> (double) over.get(round).nanos / under.get(round).nanos);
        return PairedSpeedup.of(ratios);
    }
}
