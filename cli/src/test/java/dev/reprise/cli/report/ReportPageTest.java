package dev.reprise.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.reprise.cli.report.ReportPage.Card;
import dev.reprise.cli.report.TradeOffChart.Label;
import dev.reprise.cli.report.TradeOffChart.Tick;
import dev.reprise.verify.api.StepMap;
import dev.reprise.verify.run.PairedSpeedup;
import dev.reprise.verify.run.PolicyChoice;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class ReportPageTest {
    private static final double IDENTICAL = Double.POSITIVE_INFINITY;
    private static final GenerationReport ORIGINAL = generation("Original", 1, 1, IDENTICAL);

    @Test
    void keyFiguresAreTheFastestThatKeepAQualityEachSettingOnce() {
        ReportPage page = page(
                generation("frozen", 0.9, 1.1, IDENTICAL),
                generation("careful", 0.5, 1.5, 36),
                generation("bold", 0.4, 2, 31),
                generation("careless", 0.2, 4, 12));

        assertThat(page.cards())
                .extracting(Card::caption, card -> card.best().family(), Card::closeness)
                .containsExactly(
                        tuple("identical samples", "frozen", "identical samples"),
                        tuple("fastest above 35 dB", "careful", "36.0\u00a0dB"),
                        tuple("fastest above 30 dB", "bold", "31.0\u00a0dB"));
        assertThat(page(generation("one", 0.5, 1.5, 36)).cards()).hasSize(1);
        assertThat(page.recommended())
                .get()
                .extracting(GenerationReport::family)
                .isEqualTo("careful");
    }

    @Test
    void whatSkippedNothingOrWasNotFasterInEveryRoundIsNoKeyFigure() {
        GenerationReport lucky = generation("skips nothing", 1, 1.4, IDENTICAL);
        GenerationReport unsure = generation("unsure", 0.5, new PairedSpeedup(1.5, 0.98, 1.6), 40);

        assertThat(page(lucky, unsure).cards()).isEmpty();
        assertThat(page(lucky, unsure).recommended()).isEmpty();
    }

    @Test
    void settingsBehindTheFirstFourAreShownOnDemand() {
        GenerationReport fifth = generation("fifth", 0.5, 1.2, 40);
        ReportPage page = page(
                generation("a", 0.5, 1.1, 40),
                generation("b", 0.5, 1.1, 40),
                generation("c", 0.5, 1.1, 40),
                generation("d", 0.5, 1.1, 40),
                fifth);

        assertThat(page.hasMore()).isTrue();
        assertThat(page.all()).filteredOn(page::isMore).containsExactly(fifth);
    }

    @Test
    void theLineOfTheBestLeavesOutWhatAnotherBeatsInBoth() {
        GenerationReport slow = generation("slow", 0.5, 1.2, 45);
        GenerationReport beaten = generation("beaten", 0.5, 1.5, 30);
        GenerationReport fast = generation("fast", 0.5, 2, 35);

        TradeOffChart chart = new TradeOffChart(Map.of("x", List.of(slow), "y", List.of(fast), "z", List.of(beaten)));

        assertThat(chart.best()).containsExactly(slow, fast);
        assertThat(chart.bestLabels()).extracting(Label::text).containsExactly("slow", "fast");
    }

    @Test
    void theChartHasFasterToTheRightCloserUpwardsAndIdenticalOnItsUpperEdge() {
        TradeOffChart chart = new TradeOffChart(
                Map.of("policy", List.of(generation("policy", 1, 0.9, IDENTICAL), generation("policy", 0.5, 2.3, 22))));

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
        return new ReportPage(new ReportText("", "", "", "", "", Map.of()), "", ORIGINAL, List.of(cached));
    }

    private static GenerationReport generation(String family, double computed, double speedup, double psnr) {
        return generation(family, computed, PairedSpeedup.of(speedup), psnr);
    }

    private static GenerationReport generation(String family, double computed, PairedSpeedup speedup, double psnr) {
        return new GenerationReport(
                PolicyChoice.of("none"),
                family,
                "",
                computed,
                1e6,
                speedup,
                psnr,
                OptionalDouble.empty(),
                0,
                Samples.of(new float[] {0}, List.of(1L, 1L, 1L)),
                StepMap.NONE);
    }
}
