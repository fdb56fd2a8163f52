package dev.reprise.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reprise.verify.api.StepMap;
import dev.reprise.verify.api.StepMap.Cell;
import dev.reprise.verify.api.StepMap.State;
import dev.reprise.verify.run.PairedSpeedup;
import dev.reprise.verify.run.PolicyChoice;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

class HtmlReportTest {
    private static final List<State> STATES = List.of(State.values());

    @Test
    void needsNothingFromOutside() {
        String page = page(30);

        assertThat(page).startsWith("<!DOCTYPE html>").doesNotContain("http:", "https:", "<script", "<link", "@import");
        Matcher sources = Pattern.compile("(?:src|href)=\"([^\"]*)\"").matcher(page);
        while (sources.find()) {
            assertThat(sources.group(1)).matches("(?s)(data:image/png;base64,.*|#.*)");
        }
        assertThat(page)
                .contains(
                        "1.50×",
                        "1.48–1.55",
                        "38.9\u00a0dB",
                        "spatial 2 &lt;3&gt;",
                        "--policy pyramid_attention_broadcast",
                        "out/policy.json",
                        "DIFF=0.061&lt;0.08");
    }

    @Test
    void drawingsAreWellFormed() throws ParserConfigurationException, IOException, SAXException {
        Matcher drawings = Pattern.compile("<svg.*?</svg>", Pattern.DOTALL).matcher(page(50));
        int count = 0;
        while (drawings.find()) {
            DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(new InputSource(new StringReader(drawings.group())));
            count++;
        }
        assertThat(count).isGreaterThan(3);
    }

    @Test
    void aMapNeedsACellForEveryModuleAndStep() {
        assertThatThrownBy(() -> new StepMap(List.of("a"), List.of(1.0, 1.0), List.of(List.of(cell()))))
                .hasMessage("every module needs 2 cells, found 1");
        assertThatThrownBy(() -> new StepMap(List.of("a", "b"), List.of(1.0), List.of(List.of(cell()))))
                .hasMessage("expected cells for 2 modules, found 1");
    }

    private static Cell cell() {
        return new Cell(State.COMPUTED, "");
    }

    private static String page(int steps) {
        return HtmlReport.write(
                new ReportText("Title", "Introduction", "", "model.onnx", "out/policy.json", Map.of("Fact", "value")),
                generation("Original", "", steps),
                List.of(generation("Pyramid", "spatial 2 <3>", steps), generation("Pyramid", "4", steps)));
    }

    private static GenerationReport generation(String family, String setting, int steps) {
        List<List<Cell>> cells = new ArrayList<>();
        List<String> modules = new ArrayList<>();
        for (int module = 0; module < 24; module++) {
            modules.add("blocks." + module / 3 + "."
                    + List.of("attn1", "attn2", "ff").get(module % 3));
            cells.add(Collections.nCopies(steps, new Cell(STATES.get(module % STATES.size()), "DIFF=0.061<0.08")));
        }
        return new GenerationReport(
                PolicyChoice.of("pyramid_attention_broadcast"),
                family,
                setting,
                0.6,
                4e6,
                new PairedSpeedup(1.5, 1.48, 1.55),
                38.94,
                OptionalDouble.of(0.975),
                1000,
                Samples.of(new float[] {0, 1, -1, 0.5f}, List.of(1L, 2L, 2L)),
                new StepMap(modules, Collections.nCopies(steps, 0.6), cells));
    }
}
