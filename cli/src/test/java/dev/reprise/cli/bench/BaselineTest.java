package dev.reprise.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.verify.run.PairedSpeedup;
import dev.reprise.verify.text.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class BaselineTest {
    private static final PairedSpeedup BEFORE = new PairedSpeedup(2, 1.9, 2.1);

    @Test
    void slowerIsWhatIsSlowerWholeIntervalAndAll() {
        assertThat(outcome(new PairedSpeedup(1.5, 1.4, 1.6))).isEqualTo(Comparison.Outcome.SLOWER);
        assertThat(outcome(new PairedSpeedup(1.8, 1.5, 2.1))).isEqualTo(Comparison.Outcome.UNDECIDED);
        assertThat(outcome(new PairedSpeedup(2.1, 2.05, 2.15))).isEqualTo(Comparison.Outcome.KEPT);
    }

    private static Comparison.Outcome outcome(PairedSpeedup now) {
        return Comparison.of("fbc", BEFORE, now, 0.95).outcome();
    }

    @Test
    void theRatiosIntervalHoldsWhatBothAllow() {
        PairedSpeedup ratio = Comparison.of("fbc", BEFORE, new PairedSpeedup(1, 0.95, 1.05), 0)
                .ratio();

        assertThat(ratio).isEqualTo(new PairedSpeedup(0.5, 0.95 / 2.1, 1.05 / 1.9));
    }

    /** {@code jmh.json} is what JMH 1.37 wrote about a benchmark of this project. */
    @Test
    void figuresAreJmhs() throws IOException {
        JsonNode theirs = jmh().at("/0/primaryMetric");
        double[] raw = new double[theirs.at("/rawData/0").size()];
        for (int i = 0; i < raw.length; i++) {
            raw[i] = theirs.at("/rawData/0").get(i).asDouble();
        }

        JsonNode ours = JmhReport.metric(raw);

        assertThat(fields(ours)).isEqualTo(fields(theirs));
        for (String field : List.of("/score", "/scoreError", "/scoreConfidence/0", "/scoreConfidence/1")) {
            near(field, ours, theirs);
        }
        theirs.path("scorePercentiles")
                .fieldNames()
                .forEachRemaining(name -> near("/scorePercentiles/" + name, ours, theirs));
        assertThat(ours.path("rawData")).isEqualTo(theirs.path("rawData"));
        assertThat(ours.path("scoreUnit")).isEqualTo(theirs.path("scoreUnit"));
    }

    @Test
    void twoRoundsHaveNoInterval() {
        assertThat(JmhReport.metric(1, 2).path("scoreError").asText()).isEqualTo("NaN");
    }

    static JsonNode jmh() throws IOException {
        try (InputStream fixture = Objects.requireNonNull(BaselineTest.class.getResourceAsStream("jmh.json"))) {
            return Json.parse(new String(fixture.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    static List<String> fields(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static void near(String field, JsonNode ours, JsonNode theirs) {
        assertThat(ours.at(field).asDouble())
                .as(field)
                .isCloseTo(theirs.at(field).asDouble(), Percentage.withPercentage(1e-6));
    }
}
