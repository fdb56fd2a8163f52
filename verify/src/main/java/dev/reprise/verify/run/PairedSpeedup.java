package dev.reprise.verify.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.DenoisingModel;
import dev.reprise.verify.text.Json;
import java.util.Arrays;

/**
 * A speedup: the time of the original model over that of a cut one, from rounds in which both run step by step in turn. Each round
 * gives a ratio of times. The median of the ratios lies between the second smallest and the second largest of eleven with a probability
 * of 98.8 %, whatever their distribution.
 *
 * @param median of the rounds' ratios
 * @param low lower end of the interval
 * @param high upper end
 */
public record PairedSpeedup(double median, double low, double high) {
    private static final int ROUNDS = 11;
    private static final int FEW = 5;

    /** Measures a generation against the original model. */
    public static PairedSpeedup of(DenoisingModel original, CachedTransformer cached, InputSource source) {
        return of(ROUNDS, original, cached, source);
    }

    /** The same with another number of rounds. */
    public static PairedSpeedup of(int rounds, DenoisingModel original, CachedTransformer cached, InputSource source) {
        round(original, cached, source, 0);
        double[] ratios = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            ratios[round] = round(original, cached, source, round);
        }
        return of(ratios);
    }

    /** From the ratios of rounds that were run elsewhere. The interval of fewer than five spans all of them. */
    public static PairedSpeedup of(double... ratios) {
        double[] sorted = ratios.clone();
        Arrays.sort(sorted);
        int last = sorted.length - 1;
        int outliers = sorted.length < FEW ? 0 : 1;
        double median = (sorted[last / 2] + sorted[sorted.length / 2]) / 2;
        return new PairedSpeedup(median, sorted[outliers], sorted[last - outliers]);
    }

    /** As every command prints it. */
    public ObjectNode json() {
        return Json.object().put("median", median).put("low", low).put("high", high);
    }

    /** Time of the original over that of the other one. Every other round the order is reversed. */
    private static double round(DenoisingModel original, CachedTransformer cached, InputSource source, int round) {
        DenoisingModel[] both =
                round % 2 == 0 ? new DenoisingModel[] {original, cached} : new DenoisingModel[] {cached, original};
        long[] nanos = new long[both.length];
        cached.resetCache();
        Playback.forEachStep(source, source.steps(), (step, inputs) -> {
            for (int i = 0; i < both.length; i++) {
                long start = System.nanoTime();
                both[i].run(step, inputs).close();
                nanos[i] += System.nanoTime() - start;
            }
        });
        double ratio = (double) nanos[0] / nanos[1];
        return round % 2 == 0 ? ratio : 1 / ratio;
    }
}
