package dev.reprise.runtime.tune;

import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.runtime.tune.Schedule.Form;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** The search for one budget, with what it knows already. */
final class Search {
    private static final int FORMS = 3;
    /**
     * Schedules that are run however short the time is: the even one, the one that the increments promise most of, and two that are half
     * fitted and closer at the start, which are the best ones where few steps are computed.
     */
    private static final int LEAST_STARTS = 4;
    /** The same when somebody wants it to end now. */
    private static final int LEAST_STARTS_STOPPED = 2;

    private static final int HALVINGS = 7;
    /** A preset this close below the budget, in evaluations, needs no further halving. */
    private static final double CLOSE = 0.6;
    /** Moves on the increments alone, which cost no run. */
    private static final int FREE_MOVES = 20_000;
    /** Of these moves: whether to stop is asked between so many. */
    private static final int ASKED_EVERY = 100;
    /** A schedule that the increments say is so much worse, in dB, is not worth a run. */
    private static final double HOPELESS = 3;
    /** Of annealing, dB: what a move may lose at the start. */
    private static final double HEAT = 0.5;
    /** From this share of the time on, hill-climbing. */
    private static final double CLIMB_FROM = 0.65;
    /** How much more than whole evaluations a schedule may compute: embedding and final projection of skipped steps. */
    private static final double SPARE = 0.5;

    private final Bench bench;
    private final TuningSettings settings;
    private final Deadline deadline;
    private final Consumer<String> progress;
    private final Random random;
    private final Map<String, Double> scores;
    private @Nullable Measured best;
    private BiConsumer<String, Double> scored = (schedule, score) -> {};

    Search(Bench bench, TuningSettings settings, Deadline deadline, Consumer<String> progress) {
        this.bench = bench;
        this.settings = settings;
        this.deadline = deadline;
        this.progress = progress;
        random = new Random(settings.seed());
        scores = settings.known();
    }

    /** The best schedule so far, as measured on the samples tuned on. */
    Optional<Measured> best() {
        return Optional.ofNullable(best);
    }

    /** Told every score: what {@link TuningSettings#known} takes. */
    void onScore(BiConsumer<String, Double> listener) {
        scored = listener;
    }

    Deadline deadline() {
        return deadline;
    }

    Map<String, Double> scores() {
        return scores;
    }

    void tell(String line) {
        progress.accept(line);
    }

    /** A preset at the budget, and which steps it computed. */
    record PresetFound(Measured measured, String mask) {}

    /** A schedule and its score. */
    record Best(Schedule schedule, double psnr) {}

    Candidate candidate(Schedule schedule) {
        return Candidate.of(schedule, bench.increments());
    }

    /** The best setting of a preset that stays within the budget: bisects its threshold, or counts its interval up. */
    Optional<PresetFound> preset(Preset preset, int evaluations) {
        PresetFound best = null;
        double low = preset.low();
        double high = preset.high();
        for (int i = 0; i < HALVINGS && !deadline.past(); i++) {
            double value = preset.whole() ? Math.ceil((double) bench.steps() / evaluations) + i : Math.sqrt(low * high);
            StringBuilder mask = new StringBuilder();
            Measured measured = bench.run(preset.at().apply(value), 0, 1, mask);
            progress.accept(String.format(
                    Locale.ROOT,
                    "%s: %.2f dB computing %.0f %%",
                    preset.name(),
                    measured.psnr(),
                    100 * measured.computedShare()));
            double computed = measured.computedShare() * bench.steps();
            if (within(measured.computedShare(), evaluations)) {
                high = value;
                if (best == null || measured.psnr() > best.measured().psnr()) {
                    best = new PresetFound(measured, mask.toString());
                }
                // The first whole number that fits is the most careful one.
                if (preset.whole() || computed > evaluations - CLOSE) {
                    break;
                }
            } else {
                low = value;
            }
            if (!preset.whole() && high / low < 1.05) {
                break;
            }
        }
        return Optional.ofNullable(best);
    }

    private boolean within(double share, int evaluations) {
        return share * bench.steps() <= evaluations + SPARE;
    }

    /** The even schedule, so that there is something to keep whatever happens to the presets. */
    void first(int evaluations) {
        score(evenLine(evaluations), evaluations);
    }

    /** The best schedules, best first, and the evenly spread one that goes on linearly. */
    List<Candidate> schedules(int evaluations, List<String> presetMasks) {
        List<Best> found = starts(evaluations, presetMasks);
        Best best = climb(anneal(found));
        List<Candidate> candidates = new ArrayList<>(List.of(candidate(best.schedule())));
        // Others of the best forms: what is best on these samples need not be on others.
        found.stream()
                .filter(each -> !each.schedule().form().equals(best.schedule().form()))
                .limit(2)
                .forEach(each -> candidates.add(candidate(each.schedule())));
        candidates.add(even(evaluations));
        return candidates.stream().distinct().toList();
    }

    /** Where the search begins, best first: what is most likely good is run first, as the time may be short. */
    private List<Best> starts(int evaluations, List<String> presetMasks) {
        Schedule line = evenLine(evaluations);
        String even = line.mask();
        List<Best> found = new ArrayList<>();
        start(line, evaluations, found);
        List<Schedule> promised = fromIncrements(even);
        promised.stream().limit(1).forEach(each -> start(each, evaluations, found));
        for (double bend : new double[] {1.3, 1.15, 1}) {
            start(
                    new Schedule(Schedule.spread(bench.steps(), evaluations, bend), Form.HALF_FITTED),
                    evaluations,
                    found);
        }
        promised.forEach(each -> start(each, evaluations, found));
        String mask = found.isEmpty() ? even : found.get(0).schedule().mask();
        for (Form form : Form.all()) {
            start(new Schedule(mask, form), evaluations, found);
        }
        if (found.isEmpty()) {
            throw new IllegalArgumentException("no schedule computes as little as " + evaluations + " of "
                    + bench.steps() + " steps on this model");
        }
        List<String> others = new ArrayList<>();
        for (double bend : new double[] {1.25, 0.85, 1.5}) {
            others.add(Schedule.spread(bench.steps(), evaluations, bend));
        }
        presetMasks.stream()
                .filter(each -> each.length() == bench.steps() && each.charAt(0) == '1')
                .map(each -> fitted(each, evaluations))
                .forEach(others::add);
        Form form = found.get(0).schedule().form();
        others.forEach(each -> start(new Schedule(each, form), evaluations, found));
        return found;
    }

    /** Scores a schedule, if there is time, and files it among those found. */
    private void start(Schedule schedule, int evaluations, List<Best> found) {
        int least = deadline.stop().getAsBoolean() ? LEAST_STARTS_STOPPED : LEAST_STARTS;
        if (found.size() >= least && deadline.past()) {
            return;
        }
        boolean filed = found.stream().anyMatch(each -> each.schedule().equals(schedule));
        if (!filed) {
            score(schedule, evaluations).ifPresent(found::add);
            found.sort(Comparator.comparingDouble(Best::psnr).reversed());
        }
    }

    /** The schedules that would miss least of what the sampler adds, by form: annealed without running the model. */
    private List<Schedule> fromIncrements(String even) {
        Increments increments = bench.increments();
        if (increments == null) {
            return List.of();
        }
        return List.of(
                new Schedule(annealed(even, increments::fittedDecibels), Form.FITTED),
                new Schedule(annealed(even, mask -> increments.decibels(mask, true)), Form.CALIBRATED_LINEAR),
                new Schedule(annealed(even, mask -> increments.decibels(mask, false)), Form.LINEAR));
    }

    private String annealed(String start, ToDoubleFunction<String> decibels) {
        Schedule current = new Schedule(start, Form.LINEAR);
        double now = decibels.applyAsDouble(start);
        String best = start;
        double most = now;
        for (int i = 0; i < FREE_MOVES; i++) {
            // With many steps and images these moves take half a minute.
            if (i % ASKED_EVERY == 0 && deadline.stop().getAsBoolean()) {
                break;
            }
            Schedule next = current.moved(random);
            double then = decibels.applyAsDouble(next.mask());
            double heat = 2 * (1 - (double) i / FREE_MOVES) + 1e-3;
            if (then > now || random.nextDouble() < Math.exp((then - now) / heat)) {
                current = next;
                now = then;
            }
            if (now > most) {
                most = now;
                best = current.mask();
            }
        }
        return best;
    }

    /** Whether the increments say that a schedule is much worse than the one that it comes from. */
    private boolean isHopeless(Schedule next, Schedule from) {
        return promised(next) < promised(from) - HOPELESS;
    }

    /** The quality of a schedule as the increments see it, dB up to a constant. */
    private double promised(Schedule schedule) {
        Increments increments = bench.increments();
        if (increments == null || schedule.form().equals(Form.HOLD)) {
            return 0;
        }
        return schedule.form().isFitted()
                ? increments.fittedDecibels(schedule.mask())
                : increments.decibels(schedule.mask(), schedule.form().calibrates());
    }

    /** The same schedule with as many computed steps as there may be: the last ones go, or the widest gaps are halved. */
    private static String fitted(String mask, int evaluations) {
        StringBuilder fitted = new StringBuilder(mask);
        int computed = (int) mask.chars().filter(each -> each == '1').count();
        for (; computed > evaluations; computed--) {
            fitted.setCharAt(fitted.lastIndexOf("1"), '0');
        }
        for (; computed < evaluations; computed++) {
            int start = 0;
            int length = 0;
            for (int i = 0; i < fitted.length(); i++) {
                int gap = 0;
                while (i + gap < fitted.length() && fitted.charAt(i + gap) == '0') {
                    gap++;
                }
                if (gap > length) {
                    start = i;
                    length = gap;
                }
            }
            fitted.setCharAt(start + length / 2, '1');
        }
        return fitted.toString();
    }

    private Best anneal(List<Best> starts) {
        Best best = starts.get(0);
        Best current = best;
        List<Form> forms = starts.stream()
                .map(each -> each.schedule().form())
                .distinct()
                .limit(FORMS)
                .toList();
        int evaluations = best.schedule().computed();
        int idle = 0;
        while (!deadline.past(CLIMB_FROM) && idle < 2000) {
            Schedule next = current.schedule().moved(random);
            if (random.nextInt(8) == 0) {
                next = next.with(forms.get(random.nextInt(forms.size())));
            }
            boolean known = scores.containsKey(key(next));
            if (!known && next.form().equals(current.schedule().form()) && isHopeless(next, current.schedule())) {
                idle++;
                continue;
            }
            idle = known ? idle + 1 : 0;
            Optional<Best> scored = score(next, evaluations);
            if (scored.isEmpty()) {
                continue;
            }
            double heat = HEAT * Math.max(0.02, 1 - deadline.progress() / CLIMB_FROM);
            double gain = scored.get().psnr() - current.psnr();
            if (gain > 0 || random.nextDouble() < Math.exp(gain / heat)) {
                current = scored.get();
            }
            if (current.psnr() > best.psnr()) {
                best = current;
                report(best);
            }
        }
        return best;
    }

    private Best climb(Best start) {
        Best best = start;
        boolean improved = true;
        while (improved && !deadline.past()) {
            improved = false;
            for (Schedule next : best.schedule().neighbours()) {
                if (deadline.past()) {
                    return best;
                }
                Optional<Best> scored = score(next, best.schedule().computed());
                if (scored.isPresent() && scored.get().psnr() > best.psnr()) {
                    best = scored.get();
                    report(best);
                    improved = true;
                    break;
                }
            }
        }
        return best;
    }

    /** The evenly spread schedule that goes on linearly. */
    Candidate even(int evaluations) {
        return candidate(evenLine(evaluations));
    }

    private Schedule evenLine(int evaluations) {
        return new Schedule(Schedule.spread(bench.steps(), evaluations, 1), Form.LINEAR);
    }

    /** The best form on evenly spread schedules. */
    Best quick(int evaluations) {
        Best best = null;
        for (double bend : new double[] {1, 1.3}) {
            for (Form form : List.of(Form.FITTED, Form.HALF_FITTED, Form.LINEAR, Form.CALIBRATED_LINEAR)) {
                Optional<Best> scored =
                        score(new Schedule(Schedule.spread(bench.steps(), evaluations, bend), form), evaluations);
                if (scored.isPresent() && (best == null || scored.get().psnr() > best.psnr())) {
                    best = scored.get();
                }
            }
        }
        if (best == null) {
            throw new IllegalArgumentException("no forecast of the output works on this model");
        }
        return best;
    }

    private void report(Best best) {
        progress.accept(String.format(
                Locale.ROOT,
                "%d candidates, best %.2f dB: %s",
                scores.size(),
                best.psnr(),
                best.schedule().mask()));
    }

    private static String key(Schedule schedule) {
        return schedule.mask() + " " + schedule.form();
    }

    /** Empty where the model cannot take it, or it computes more than it may. */
    private Optional<Best> score(Schedule schedule, int evaluations) {
        Double known = scores.get(key(schedule));
        if (known == null) {
            known = Double.NEGATIVE_INFINITY;
            try {
                Measured measured = bench.run(candidate(schedule), 0, settings.samples());
                if (within(measured.computedShare(), evaluations)) {
                    known = measured.psnr();
                    if (best == null || known > best.psnr()) {
                        best = measured;
                    }
                }
            } catch (UnsupportedPolicyException e) {
                progress.accept(schedule.form() + ": " + e.getMessage());
            }
            scores.put(key(schedule), known);
            scored.accept(key(schedule), known);
        }
        return known == Double.NEGATIVE_INFINITY ? Optional.empty() : Optional.of(new Best(schedule, known));
    }
}
