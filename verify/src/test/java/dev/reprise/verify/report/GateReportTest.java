package dev.reprise.verify.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.verify.api.GateReport;
import dev.reprise.verify.api.GateReport.Entry;
import dev.reprise.verify.api.GateReport.Outcome;
import dev.reprise.verify.api.OutputPlane;
import dev.reprise.verify.api.StepMap;
import dev.reprise.verify.api.StepMap.Cell;
import dev.reprise.verify.api.StepMap.State;
import dev.reprise.verify.text.Json;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.xml.sax.SAXException;

/** Every format is as its schema says, whatever names a model has. */
class GateReportTest {
    /** Markup of all formats, and a control character. */
    private static final String NASTY = "a<b>&\"'|`]]>*\u0001%,:\nx";

    private static final GateReport REPORT = new GateReport(
            "models/model one.onnx",
            Map.of("tolerance", "1e-4"),
            List.of(
                    entry("none", Outcome.PASSED, "", "SAME-BITS", List.of()),
                    entry(NASTY, Outcome.FAILED, "drift", "DRIFT", List.of("left " + NASTY, "cause: " + NASTY)),
                    entry("pab", Outcome.ERROR, "broken", "BROKEN", List.of("no memory")),
                    entry("faster", Outcome.SKIPPED, "unsupported", "UNSUPPORTED", List.of("no batch axis"))));

    private static Entry entry(String policy, Outcome outcome, String rule, String verdict, List<String> lines) {
        boolean ran = outcome == Outcome.PASSED || outcome == Outcome.FAILED;
        return new Entry(
                "recordings/a.b",
                policy,
                outcome,
                rule,
                verdict,
                ran ? Map.of("computed", "70.0 %") : Map.of(),
                lines,
                outcome == Outcome.FAILED ? Optional.of("blocks.3.attn") : Optional.empty(),
                ran ? List.of(0.0, 1e-6, 0.2, Double.POSITIVE_INFINITY) : List.of(),
                1e-4,
                ran
                        ? Optional.of(new OutputPlane(2, 2, 2, new float[] {0, 1, 2, 3}, new float[] {
                            0, 1, 2, outcome == Outcome.PASSED ? 3 : 2.5f
                        }))
                        : Optional.empty(),
                ran
                        ? Optional.of(new StepMap(
                                List.of("blocks.3.attn"),
                                List.of(1.0, 0.4),
                                List.of(List.of(
                                        new Cell(State.COMPUTED, "FIRST_STEP"),
                                        new Cell(State.REUSED, "DIFF=0.1<0.2")))))
                        : Optional.empty());
    }

    @Test
    void junitIsAsItsSchemaSays() throws SAXException, IOException {
        String xml = JUnitReport.write(REPORT);

        ReportSchemas.requireJUnit(xml);
        assertThat(xml)
                .contains("tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\"")
                .contains("<failure type=\"drift\"", "classname=\"reprise.verify.recordings/a_b\"");
        assertThatThrownBy(() -> ReportSchemas.requireJUnit(xml.replace("type=\"drift\"", "type=\"other\"")))
                .isInstanceOf(SAXException.class);
    }

    @Test
    void sarifIsAsItsSchemaSays() throws IOException {
        String sarif = SarifReport.write(REPORT, "1.0");

        assertThat(ReportSchemas.sarifErrors(sarif)).isEmpty();
        JsonNode results = Json.parse(sarif).at("/runs/0/results");
        assertThat(results).hasSize(3);
        assertThat(results.at("/0/level").asText()).isEqualTo("error");
        assertThat(results.at("/0/locations/0/logicalLocations/0/fullyQualifiedName")
                        .asText())
                .isEqualTo("blocks.3.attn");
        assertThat(results.at("/0/locations/0/physicalLocation/artifactLocation/uri")
                        .asText())
                .isEqualTo("models/model%20one.onnx");
        assertThat(results.at("/2/level").asText()).isEqualTo("note");
        assertThat(ReportSchemas.sarifErrors(sarif.replace("\"error\"", "\"fatal\"")))
                .isNotEmpty();
    }

    @Test
    void locationsAreUris() {
        assertThat(SarifReport.uri("/a b/m.onnx")).isEqualTo("file:///a%20b/m.onnx");
        assertThat(SarifReport.uri("C:\\m.onnx")).isEqualTo("file:///C:/m.onnx");
        assertThat(SarifReport.uri("a/b.onnx")).isEqualTo("a/b.onnx");
    }

    @Test
    void markdownHasALineForEachReplayAndNoMarkupOfOthers() {
        String text = MarkdownReport.write(REPORT);

        assertThat(text).startsWith("## ❌ 2 of 4 replays failed");
        assertThat(text.lines().filter(line -> line.startsWith("|"))).hasSize(6);
        assertThat(text).contains("a&lt;b>&amp;").doesNotContain("a<b", "\u0001");
        assertThat(text.lines().filter(line -> line.startsWith("| ")))
                .allSatisfy(line -> assertThat(line.replace("\\|", "")
                                .chars()
                                .filter(c -> c == '|')
                                .count())
                        .isEqualTo(4));
    }

    @Test
    void annotationsAreOneLineEach() {
        List<String> lines = GithubAnnotations.lines(REPORT, Map.of("GITHUB_ACTIONS", "true"));

        assertThat(lines).hasSize(2).allMatch(line -> line.startsWith("::error title=reprise verify%3A "));
        assertThat(lines.get(0)).contains("%0A", "%25").doesNotContain("\n");
        assertThat(GithubAnnotations.lines(REPORT, Map.of())).isEmpty();
    }

    @Test
    void thePageEscapesNamesAndShowsWhatDiffers() {
        String page = HtmlPage.write(REPORT);

        assertThat(page)
                .contains("2 of 4 replays failed", "a&lt;b>&amp;", "recorded", "difference")
                .contains("class=\"above\"", "step 3: not finite", "× 6.0")
                .doesNotContain("a<b>");
        assertThat(page.split("<img ", -1)).hasSize(7);
    }

    @Test
    void aDifferenceIsAmplifiedToTheRange() {
        OutputPlane same = new OutputPlane(0, 1, 2, new float[] {0, 1}, new float[] {0, 1});
        OutputPlane other = new OutputPlane(0, 1, 2, new float[] {0, 1}, new float[] {0, 1.25f});

        assertThat(same.amplification()).isZero();
        assertThat(other.amplification()).isEqualTo(4);
    }
}
