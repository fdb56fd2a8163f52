package dev.reprise.cli.report;

import dev.reprise.verify.report.Figures;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * What the report's template shows.
 *
 * @param facts what was run: name and value, in order
 * @param uncached the first line of every table, which the others are compared to
 */
record ReportPage(
        String title,
        String introduction,
        String styleSheet,
        Map<String, String> facts,
        GenerationReport uncached,
        List<GenerationReport> cached) {
    /** Below this many dB a reader starts to see differences in samples of this size. */
    private static final double CLOSE_DECIBEL = 30;

    /** A gain below the noise of the measurement is none. */
    private static final double WORTH_TELLING = 1.03;

    /** A key figure: the fastest generation that keeps some quality. */
    record Card(String caption, GenerationReport best) {
        String closeness() {
            return best.isIdentical() ? "identical samples" : Figures.decibel(best.psnr());
        }
    }

    List<Card> cards() {
        List<Card> cards = new ArrayList<>();
        card(cards, "fastest above 35 dB", generation -> generation.psnr() >= CLOSE_DECIBEL + 5);
        card(cards, "fastest above 30 dB", generation -> generation.psnr() >= CLOSE_DECIBEL);
        card(cards, "fastest that keeps the classifier's accuracy", generation -> !isWorse(generation));
        card(cards, "without any loss", generation -> generation.isIdentical() && generation.speedup() > WORTH_TELLING);
        return cards;
    }

    private void card(List<Card> cards, String caption, Predicate<GenerationReport> eligible) {
        cached.stream()
                .filter(eligible)
                .max(Comparator.comparingDouble(GenerationReport::speedup))
                .ifPresent(best -> cards.add(new Card(caption, best)));
    }

    /** Whether the classifier recognises fewer samples than without cache. */
    boolean isWorse(GenerationReport generation) {
        return generation.accuracy() < uncached.accuracy() - 1e-9;
    }

    List<GenerationReport> all() {
        List<GenerationReport> all = new ArrayList<>(List.of(uncached));
        all.addAll(cached);
        return all;
    }

    /** The settings of each policy, in order. */
    Map<String, List<GenerationReport>> families() {
        return byFamily(cached);
    }

    /** The same without those that computed everything, whose maps show nothing. */
    Map<String, List<GenerationReport>> mapped() {
        return byFamily(cached.stream()
                .filter(generation -> !generation.map().isAllComputed())
                .toList());
    }

    private static Map<String, List<GenerationReport>> byFamily(List<GenerationReport> generations) {
        Map<String, List<GenerationReport>> families = new LinkedHashMap<>();
        for (GenerationReport generation : generations) {
            families.computeIfAbsent(generation.family(), name -> new ArrayList<>())
                    .add(generation);
        }
        return families;
    }
}
