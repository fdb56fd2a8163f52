package dev.reprise.runtime.tune;

import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.DenoisingModel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
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
                ranking = ranking(search, bench, budget, new Deadline(start, end, stop));
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
                    timing = bench.time(best.candidate(), original, System.nanoTime() < end ? ROUNDS : 1);
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

    private List<Measured> ranking(Search search, Bench bench, Budget budget, Deadline end) {
        int all = settings.samples() + settings.heldOut();
        if (budget.kind() == Budget.Kind.MIN_PSNR) {
            MinimumQuality quality = new MinimumQuality(search, bench.steps(), budget.value());
            return quality.ranking(candidate -> bench.run(candidate, settings.samples(), all), end, progress);
        }
        return check(evaluations(search, bench, evaluationsOf(budget, bench, search)), bench, all, end);
    }

    private static Measured best(Budget budget, List<Measured> ranking) {
        return budget.kind() == Budget.Kind.MIN_PSNR ? MinimumQuality.best(ranking, budget.value()) : ranking.get(0);
    }

    /** Schedules, best first and the even one last; presets, best first. */
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
        List<Measured> presets = new ArrayList<>();
        List<String> masks = new ArrayList<>();
        for (Preset preset : Preset.all(bench.steps())) {
            if (search.deadline().past(PRESETS_UNTIL)) {
                break;
            }
            try {
                search.preset(preset, evaluations).ifPresent(found -> {
                    presets.add(found.measured());
                    masks.add(found.mask());
                });
            } catch (UnsupportedPolicyException e) {
                // This model cannot take it: the others go on.
                search.tell(preset.name() + ": " + e.getMessage());
            }
        }
        List<Candidate> schedules = search.schedules(evaluations, masks);
        presets.sort(Comparator.comparingDouble(Measured::psnr).reversed());
        return new Found(schedules, presets.stream().map(Measured::candidate).toList());
    }

    /** Those that matter most first: the best schedule, the even one and the best preset are checked whatever the clock says. */
    private List<Measured> check(Found found, Bench bench, int all, Deadline end) {
        progress.accept("checking on samples held out");
        Set<Candidate> inOrder = new LinkedHashSet<>();
        inOrder.add(found.schedules().get(0));
        inOrder.add(found.schedules().get(found.schedules().size() - 1));
        found.presets().stream().limit(1).forEach(inOrder::add);
        int least = inOrder.size();
        inOrder.addAll(found.schedules());
        inOrder.addAll(found.presets());
        List<Measured> ranking = new ArrayList<>();
        for (Candidate candidate : inOrder) {
            if ((stop.getAsBoolean() && !ranking.isEmpty()) || (end.past() && ranking.size() >= least)) {
                break;
            }
            ranking.add(bench.run(candidate, settings.samples(), all));
        }
        ranking.sort(Comparator.comparingDouble(Measured::psnr).reversed());
        return ranking;
    }
}
