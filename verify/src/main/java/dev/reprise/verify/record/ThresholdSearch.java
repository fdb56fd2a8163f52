package dev.reprise.verify.record;

import dev.reprise.cache.parameter.Parameter;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.StepTrace;
import dev.reprise.verify.run.InputSource;
import dev.reprise.verify.run.Playback;
import dev.reprise.verify.run.PolicyChoice;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds a threshold that reuses in about half of the steps, for a policy whose own reused in none. The differences that it measured say
 * where to look; a few runs say what a threshold does, because what is compared changes once something is reused.
 *
 * @param choice the policy with its parameters
 * @param source what it runs on
 * @param loaded the model
 */
public record ThresholdSearch(PolicyChoice choice, InputSource source, CachedTransformer loaded) {
    private static final String THRESHOLD = "threshold";
    private static final int TRIES = 5;

    /** The measured figure of a reason: {@code 0.061>0.05}. */
    private static final Pattern MEASURED = Pattern.compile("([0-9.eE+-]+)[<>=].*");

    /**
     * What was found.
     *
     * @param threshold as {@code --set} takes it
     * @param reusingSteps steps in which it reuses
     */
    public record Found(String threshold, int reusingSteps) {}

    /** Empty where the policy has no threshold, or measured nothing to compare with one. */
    Optional<Found> find(List<StepTrace> trace) {
        boolean has = choice.type().parameters().stream().map(Parameter::name).anyMatch(THRESHOLD::equals);
        List<Double> measured = measured(trace);
        if (!has || measured.isEmpty()) {
            return Optional.empty();
        }
        double low = 0;
        double high = 4 * measured.get(measured.size() - 1);
        double threshold = measured.get(measured.size() / 2);
        Found best = null;
        for (int i = 0; i < TRIES; i++) {
            // A little above, so that the figure itself is below it.
            String text = String.format(Locale.ROOT, "%.3g", 1.01 * threshold);
            Found found = new Found(text, reusingSteps(text));
            if (found.reusingSteps() > 0 && (best == null || miss(found) < miss(best))) {
                best = found;
            }
            if (miss(found) <= source.steps() * 0.1) {
                break;
            }
            if (2 * found.reusingSteps() < source.steps()) {
                low = threshold;
            } else {
                high = threshold;
            }
            threshold = (low + high) / 2;
        }
        return Optional.ofNullable(best);
    }

    private double miss(Found found) {
        return Math.abs(found.reusingSteps() - source.steps() / 2.0);
    }

    private static List<Double> measured(List<StepTrace> trace) {
        List<Double> measured = new ArrayList<>();
        trace.forEach(step -> step.decisions()
                .forEach(made -> measured(made.reason().detail()).ifPresent(measured::add)));
        measured.removeIf(value -> !(value > 0) || Double.isInfinite(value));
        measured.sort(null);
        return measured;
    }

    private static OptionalDouble measured(String detail) {
        Matcher matcher = MEASURED.matcher(detail);
        try {
            return matcher.matches() ? OptionalDouble.of(Double.parseDouble(matcher.group(1))) : OptionalDouble.empty();
        } catch (NumberFormatException e) {
            return OptionalDouble.empty();
        }
    }

    private int reusingSteps(String threshold) {
        PolicyChoice changed = PolicyChoice.of(
                choice.label(), choice.type().id(), choice.parameters(), List.of(THRESHOLD + "=" + threshold));
        List<StepTrace> trace = new ArrayList<>();
        try (CachedTransformer generation = loaded.newGeneration()) {
            generation.enableCache(changed.policy());
            Playback.runTraced(generation, source, (step, outputs) -> trace.add(step));
        }
        return PolicyUse.reusingSteps(trace);
    }
}
