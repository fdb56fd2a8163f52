package dev.reprise.runtime.tune;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The fewest evaluations that keep a quality. The numbers of evaluations are halved on the samples tuned on, which flatter; then candidates
 * run on samples held out until one of them is safe: its mean PSNR less 1.645 standard errors is what was asked for.
 */
final class MinimumQuality {
    /** What was tuned on flatters by at least so much, dB. */
    private static final double FLATTERED = 0.25;
    /** Numbers of evaluations above the fewest that are tried at once. */
    private static final int MORE = 2;

    private final Search search;
    private final int steps;
    private final double psnr;

    MinimumQuality(Search search, int steps, double psnr) {
        this.search = search;
        this.steps = steps;
        this.psnr = psnr;
    }

    /**
     * What was checked, best first.
     *
     * @param check runs a candidate on samples held out
     * @param end of the time
     * @throws IllegalArgumentException when nothing that skips a step keeps the quality on the samples tuned on
     */
    List<Measured> ranking(Function<Candidate, Measured> check, Deadline end, Consumer<String> progress) {
        int few = fewest();
        List<Candidate> candidates = new ArrayList<>(search.schedules(few, List.of()));
        for (int more = few; more <= Math.min(steps - 1, few + MORE); more++) {
            candidates.add(search.candidate(search.quick(more).schedule()));
        }
        progress.accept("checking on samples held out");
        List<Measured> ranking = new ArrayList<>();
        for (Candidate candidate : candidates.stream().distinct().toList()) {
            if (end.stop().getAsBoolean() && !ranking.isEmpty()) {
                break;
            }
            ranking.add(check.apply(candidate));
        }
        // However long it takes: a setting that does not hold is of no use.
        for (int more = few + MORE + 1; more < steps && ranking.stream().noneMatch(this::isSafe); more++) {
            if (end.stop().getAsBoolean()) {
                break;
            }
            ranking.add(check.apply(search.candidate(search.quick(more).schedule())));
        }
        ranking.sort(Comparator.comparingDouble(Measured::psnr).reversed());
        return ranking;
    }

    private int fewest() {
        int few = 1;
        int many = steps - 1;
        while (few <= many) {
            int middle = (few + many) / 2;
            if (search.quick(middle).psnr() >= psnr + FLATTERED) {
                many = middle - 1;
            } else {
                few = middle + 1;
            }
        }
        if (few == steps) {
            throw nothing(psnr, "tuned on");
        }
        return few;
    }

    private boolean isSafe(Measured measured) {
        return measured.safePsnr() >= psnr;
    }

    /**
     * The one of the least computed share that is safe.
     *
     * @throws IllegalArgumentException when none is
     */
    static Measured best(List<Measured> ranking, double psnr) {
        return ranking.stream()
                .filter(each -> each.safePsnr() >= psnr)
                .min(Comparator.comparingDouble(Measured::computedShare))
                .orElseThrow(() -> nothing(psnr, "held out, with a margin of 1.645 standard errors"));
    }

    private static IllegalArgumentException nothing(double psnr, String samples) {
        return new IllegalArgumentException(
                "nothing that computes less than every step keeps " + psnr + " dB on the samples " + samples);
    }
}
