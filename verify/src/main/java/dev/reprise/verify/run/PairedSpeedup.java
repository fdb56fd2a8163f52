package dev.reprise.verify.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.DenoisingModel;
import dev.reprise.verify.text.Json;
import java.util.Arrays;

/**
 * A speedup: the time of the original model over that of a cut one, from rounds in which both run step by step in turn. Each round
 * gives a ratio of times. The interval holds the median of their distribution, whatever that is, with a probability of at least 95 %: it
 * leaves out as many of the smallest and of the largest ratios as that allows. Of eleven that is one each (98.8 %). Fewer than six
 * cannot say as much: the interval of five spans all of them, and holds it with 93.8 %.
 *
 * @param median of the rounds' ratios
 * @param low lower end of the interval
 * @param high upper end
 */
public record PairedSpeedup(double median, double low, double high) {
    private static final int ROUNDS = 11;
    private static final double CONFIDENCE = 0.95;

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

    /** From the ratios of rounds that were run elsewhere. */
    public static PairedSpeedup of(double... ratios) {
        double[] sorted = ratios.clone();
        Arrays.sort(sorted);
        int last = sorted.length - 1;
        int outliers = outliers(sorted.length);
        double median = (sorted[last / 2] + sorted[sorted.length / 2]) / 2;
        return new PairedSpeedup(median, sorted[outliers], sorted[last - outliers]);
    }

    /**
     * How many to leave out at each end. With k of them the median is outside of the interval with twice the probability that at most k of n
     * coins show heads. Logarithms, because one half to the power of thousands is no double.
     */
    private static int outliers(int rounds) {
        double logarithm = rounds * Math.log(0.5);
        double tail = Math.exp(logarithm);
        int outliers = 0;
        for (int heads = 0; 1 - 2 * tail >= CONFIDENCE; heads++) {
            outliers = heads;
            logarithm += Math.log((double) (rounds - heads) / (heads + 1));
            tail += Math.exp(logarithm);
        }
        return outliers;
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
