package dev.reprise.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.reprise.cli.report.ReportPage.Card;
import dev.reprise.cli.report.TradeOffChart.Tick;
import dev.reprise.verify.api.StepMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReportPageTest {
    private static final double IDENTICAL = Double.POSITIVE_INFINITY;
    private static final GenerationReport UNCACHED = generation("No cache", 1, IDENTICAL, 0.9);

    @Test
    void keyFiguresAreTheFastestThatKeepAQuality() {
        ReportPage page = page(
                generation("exact", 1.1, IDENTICAL, 0.9),
                generation("careful", 1.5, 36, 0.9),
                generation("bold", 2, 31, 0.89),
                generation("careless", 4, 12, 0.2));

        assertThat(page.cards())
                .extracting(Card::caption, card -> card.best().family(), Card::closeness)
                .containsExactly(
                        tuple("fastest above 35 dB", "careful", "36.0\u00a0dB"),
                        tuple("fastest above 30 dB", "bold", "31.0\u00a0dB"),
                        tuple("fastest that keeps the classifier's accuracy", "careful", "36.0\u00a0dB"),
                        tuple("without any loss", "exact", "identical samples"));
    }

    @Test
    void thereIsNoKeyFigureForWhatNothingReached() {
        assertThat(page(generation("exact", 1.01, IDENTICAL, 0.9), generation("careless", 4, 12, 0.2))
                        .cards())
                .extracting(Card::caption)
                .containsExactly(
                        "fastest above 35 dB", "fastest above 30 dB", "fastest that keeps the classifier's accuracy");
    }

    @Test
    void theChartHasFasterToTheRightCloserUpwardsAndIdenticalOnItsUpperEdge() {
        TradeOffChart chart = new TradeOffChart(
                Map.of("policy", List.of(generation("policy", 0.9, IDENTICAL, 1), generation("policy", 2.3, 22, 1))));

        assertThat(chart.y(IDENTICAL)).isEqualTo(TradeOffChart.TOP);
        assertThat(chart.y(20)).isEqualTo(TradeOffChart.FLOOR);
        assertThat(chart.x(0.8)).isEqualTo(TradeOffChart.LEFT);
        assertThat(chart.x(2.5)).isEqualTo(TradeOffChart.END);
        assertThat(chart.speedups()).extracting(Tick::label).startsWith("1.00×").endsWith("2.50×");
        assertThat(chart.speedups())
                .filteredOn(Tick::isReference)
                .extracting(Tick::label)
                .containsExactly("1.00×");
        assertThat(chart.psnrs()).extracting(Tick::label).startsWith("20", "25").endsWith("55", "∞");
    }

    private static ReportPage page(GenerationReport... cached) {
        return new ReportPage("", "", "", Map.of(), UNCACHED, List.of(cached));
    }

    private static GenerationReport generation(String family, double speedup, double psnr, double accuracy) {
        StepMap map = new StepMap(List.of(), List.of(), List.of());
        return new GenerationReport(
                family, family, "", "{}", 1, 1e6, speedup, psnr, accuracy, 0, List.of(new float[] {0}), map);
    }
}
