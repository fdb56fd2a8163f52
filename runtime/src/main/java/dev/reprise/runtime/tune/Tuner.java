package dev.reprise.runtime.tune;

import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.DenoisingModel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds the cache policy for a budget in a closed loop: it runs the application's denoising loop with candidates and compares the results
 * with those of no policy, because errors add up as they do in use.
 *
 * <ol>
 *   <li>Every preset is brought to the budget by its main parameter.
 *   <li>Forecasts and spans are tried on evenly spread schedules; the best ones go on, from even schedules and from those of the presets.
 *   <li>Simulated annealing moves the computed steps, then hill-climbing until no single move helps. No schedule is run twice.
 *   <li>The best schedule and the presets are run on samples that nothing was tuned on. That is the ranking.
 * </ol>
 *
 * <p>{@link #stopWhen} ends the search early with the best so far.
 */
public final class Tuner {
    /** How often a policy and no policy are timed in turns. */
    private static final int ROUNDS = 3;
    /** Share of the time that may go to presets. */
    private static final double PRESETS_UNTIL = 0.25;

    private final CachedTransformer model;
    private final Rollout rollout;
    private final TuningSettings settings;
    private BooleanSupplier stop = () -> false;
    private BiConsumer<String, Double> scored = (schedule, score) -> {};
    private @Nullable DenoisingModel original;
    private Consumer<String> progress = line -> {};

    public Tuner(CachedTransformer model, Rollout rollout, TuningSettings settings) {
        this.model = model;
        this.rollout = rollout;
        this.settings = settings;
    }

    /** Tunes as usual: {@link TuningSettings#usual}. */
    public static Tuned tune(CachedTransformer model, Rollout rollout, Budget budget) {
        return new Tuner(model, rollout, TuningSettings.usual()).tune(budget);
    }

    /** Asked between candidates, and now and then while schedules are compared without running the model. */
    public Tuner stopWhen(BooleanSupplier condition) {
        stop = condition;
        return this;
    }

    /** Told what is being done, with the best so far. */
    public Tuner onProgress(Consumer<String> listener) {
        progress = listener;
        return this;
    }

    /** Told the score of each schedule: what {@link TuningSettings#known} takes, so that a search that ended badly can go on. */
    public Tuner onScore(BiConsumer<String, Double> listener) {
        scored = listener;
        return this;
    }

    /** What speedups are over: the model before it was cut, say. Without it, the model itself without a policy. */
    public Tuner against(DenoisingModel uncached) {
        original = uncached;
        return this;
    }

    /**
     * Searches. When the rollout fails once something was found, the result is the best so far with {@link Tuned#failure}.
     *
     * @throws java.util.concurrent.CancellationException when it is stopped before anything was found
     * @throws IllegalArgumentException when the budget leaves no evaluation, or nothing reaches the quality
     */
    public Tuned tune(Budget budget) {
        long start = System.nanoTime();
        long end = start + settings.time().toNanos();
        int all = settings.samples() + settings.heldOut();
        Bench bench = new Bench(model, rollout);
        try {
            progress.accept("running without a policy");
            bench.reference(all, settings.samples(), stop);
            // What the check at the end will take, presets included, with something to spare.
            long reserve =
                    Math.min((System.nanoTime() - start) * 5, settings.time().toNanos() / 4);
            Deadline deadline = new Deadline(System.nanoTime(), end - reserve, stop);
            Search search = new Search(bench, settings, deadline, progress);
            search.onScore(scored);
            List<Measured> ranking;
            RuntimeException failure = null;
            boolean checked = false;
            try {
                ranking = ranking(search, bench, budget, all);
                checked = true;
            } catch (RolloutException e) {
                failure = e.thrown();
                ranking = List.of(search.best().orElseThrow(e::thrown));
                progress.accept("the rollout failed, the best so far is kept: " + e.getMessage());
            }
            Measured best = checked ? best(budget, ranking) : ranking.get(0);
            Timing timing = new Timing(bench.uncachedMillis(), 0, 0, bench.uncachedMillis() / best.stepMillis());
            if (checked && !stop.getAsBoolean()) {
                try {
                    timing = bench.time(best.candidate(), original, ROUNDS);
                } catch (RolloutException e) {
                    failure = e.thrown();
                    progress.accept("the rollout failed while the best policy was timed: " + e.getMessage());
                }
            }
            return new Tuned(
                    budget,
                    bench.steps(),
                    best,
                    ranking,
                    timing.uncached(),
                    timing.speedup(),
                    bench.tried().size(),
                    bench.tried(),
                    !stop.getAsBoolean() && failure == null,
                    checked,
                    failure,
                    search.scores());
        } catch (RolloutException e) {
            // Nothing was found before it: what it threw is all there is to say.
            throw e.thrown();
        }
    }

    private List<Measured> ranking(Search search, Bench bench, Budget budget, int all) {
        Found found = budget.kind() == Budget.Kind.MIN_PSNR
                ? quality(search, bench, budget.value())
                : evaluations(search, bench, evaluationsOf(budget, bench, search));
        return check(found, bench, all);
    }

    private static Measured best(Budget budget, List<Measured> ranking) {
        return budget.kind() == Budget.Kind.MIN_PSNR
                ? ranking.stream()
                        .filter(each -> each.psnr() >= budget.value())
                        .min(Comparator.comparingDouble(Measured::computedShare))
                        .orElseThrow(
                                () -> new IllegalArgumentException("nothing that computes less than every step keeps "
                                        + budget.value() + " dB on the samples held out"))
                : ranking.get(0);
    }

    private record Found(List<Candidate> schedules, List<Candidate> presets) {}

    /** Whole evaluations; the nearest number of them for a speedup, no more than they for a limit. */
    private int evaluationsOf(Budget budget, Bench bench, Search search) {
        if (budget.kind() == Budget.Kind.EVALUATIONS) {
            return Math.min((int) budget.value(), bench.steps());
        }
        // By the clock, with what skipped steps take.
        Timing timing = bench.time(search.even(Math.max(1, bench.steps() / 2)), original, ROUNDS);
        boolean limit = budget.kind() == Budget.Kind.MAX_STEP_MS;
        double millis = limit ? budget.value() : timing.uncached() / budget.value();
        double evaluations = timing.evaluations(bench.steps(), millis);
        int whole = limit ? (int) Math.floor(evaluations) : (int) Math.round(evaluations);
        if (whole < 1) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "the budget %s leaves less than one evaluation of %d: a step takes %.3f ms, a skipped one %.3f ms",
                    budget,
                    bench.steps(),
                    timing.uncached(),
                    timing.skipped()));
        }
        progress.accept(
                "the budget " + budget + " is " + Math.min(whole, bench.steps()) + " evaluations of " + bench.steps());
        return Math.min(whole, bench.steps());
    }

    private static Found evaluations(Search search, Bench bench, int evaluations) {
        search.first(evaluations);
        Map<String, Candidate> presets = new LinkedHashMap<>();
        List<String> masks = new ArrayList<>();
        for (Preset preset : Preset.all(bench.steps())) {
            if (search.deadline().past(PRESETS_UNTIL)) {
                break;
            }
            try {
                search.preset(preset, evaluations).ifPresent(found -> {
                    presets.put(preset.name(), found.measured().candidate());
                    masks.add(found.mask());
                });
            } catch (UnsupportedPolicyException e) {
                // This model cannot take it: the others go on.
                search.tell(preset.name() + ": " + e.getMessage());
            }
        }
        List<Candidate> schedules = search.schedules(evaluations, masks);
        return new Found(schedules, List.copyOf(presets.values()));
    }

    /** The fewest evaluations that keep a quality: halves the numbers, and goes on from what each search found. */
    private static Found quality(Search search, Bench bench, double psnr) {
        int few = 1;
        int many = bench.steps() - 1;
        List<Candidate> found = new ArrayList<>();
        while (few <= many) {
            int middle = (few + many) / 2;
            Search.Best best = search.quick(middle);
            // What was tuned on flatters: held-out samples must keep it too.
            if (best.psnr() >= psnr + 0.25) {
                found.add(0, search.candidate(best.schedule()));
                many = middle - 1;
            } else {
                few = middle + 1;
            }
        }
        if (few < bench.steps()) {
            for (int more = few; more < Math.min(bench.steps(), few + 3); more++) {
                found.add(search.candidate(search.quick(more).schedule()));
            }
            found.addAll(0, search.schedules(few, List.of()));
        }
        return new Found(found, List.of());
    }

    private List<Measured> check(Found found, Bench bench, int all) {
        progress.accept("checking on samples held out");
        List<Measured> ranking = new ArrayList<>();
        for (Candidate schedule : found.schedules()) {
            if (stop.getAsBoolean() && !ranking.isEmpty()) {
                break;
            }
            ranking.add(bench.run(schedule, settings.samples(), all));
        }
        for (Candidate preset : found.presets()) {
            if (stop.getAsBoolean()) {
                break;
            }
            ranking.add(bench.run(preset, settings.samples(), all));
        }
        ranking.sort(Comparator.comparingDouble(Measured::psnr).reversed());
        return ranking;
    }
}
