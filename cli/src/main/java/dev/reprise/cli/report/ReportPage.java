package dev.reprise.cli.report;

import dev.reprise.verify.report.Figures;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What the report's template shows.
 *
 * @param original the first line of every table, which the others are compared to
 * @param cached the others; the first {@link #FIRST} are those to look at first
 */
record ReportPage(ReportText text, String styleSheet, GenerationReport original, List<GenerationReport> cached) {
    /** How many settings are shown before the reader asks for all. */
    static final int FIRST = 4;

    /** Below this many dB a reader starts to see differences in samples of this size. */
    private static final double CLOSE_DECIBEL = 30;

    /** Above this many dB nobody does. */
    private static final double VERY_CLOSE_DECIBEL = 35;

    /** A key figure: the fastest generation that keeps some quality. */
    record Card(String caption, GenerationReport best) {
        String closeness() {
            return best.isIdentical() ? "identical samples" : Figures.decibel(best.psnr());
        }
    }

    /** Only what skipped something and was faster in every round; each setting once. */
    List<Card> cards() {
        List<Card> cards = new ArrayList<>();
        card(cards, "identical samples", GenerationReport::isIdentical);
        card(cards, "fastest above 35 dB", generation -> generation.psnr() >= VERY_CLOSE_DECIBEL);
        card(cards, "fastest above 30 dB", generation -> generation.psnr() >= CLOSE_DECIBEL);
        return cards;
    }

    private void card(List<Card> cards, String caption, Predicate<GenerationReport> eligible) {
        fastest(cached, eligible)
                .filter(best -> cards.stream().noneMatch(card -> card.best().equals(best)))
                .ifPresent(best -> cards.add(new Card(caption, best)));
    }

    /** What to use: the fastest that nobody tells from the original, else the fastest that is still close. */
    static Optional<GenerationReport> recommended(List<GenerationReport> cached) {
        return fastest(cached, generation -> generation.psnr() >= VERY_CLOSE_DECIBEL)
                .or(() -> fastest(cached, generation -> generation.psnr() >= CLOSE_DECIBEL));
    }

    Optional<GenerationReport> recommended() {
        return recommended(cached);
    }

    private static Optional<GenerationReport> fastest(
            List<GenerationReport> cached, Predicate<GenerationReport> eligible) {
        return cached.stream()
                .filter(GenerationReport::isGain)
                .filter(eligible)
                .max(Comparator.comparingDouble(
                        generation -> generation.speedup().median()));
    }

    /** Whether some settings are hidden until the reader asks for all. */
    boolean hasMore() {
        return cached.size() > FIRST;
    }

    /** Whether a setting is hidden until then. */
    boolean isMore(GenerationReport generation) {
        return cached.indexOf(generation) >= FIRST;
    }

    /** Whether a column for the classifier's confidence has something to say. */
    boolean judged() {
        return original.confidence().isPresent();
    }

    List<GenerationReport> all() {
        List<GenerationReport> all = new ArrayList<>(List.of(original));
        all.addAll(cached);
        return all;
    }

    /** The settings of each policy, in order. */
    Map<String, List<GenerationReport>> families() {
        Map<String, List<GenerationReport>> families = new LinkedHashMap<>();
        for (GenerationReport generation : cached) {
            families.computeIfAbsent(generation.family(), name -> new ArrayList<>())
                    .add(generation);
        }
        return families;
    }

    /** Those that skipped something: the maps of the others show nothing. */
    List<GenerationReport> mapped() {
        return cached.stream()
                .filter(generation -> !generation.map().isAllComputed())
                .toList();
    }
}
