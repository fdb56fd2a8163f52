package org.example.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;

class PromptRowTest {
    private static Row row(String id, String prompt, String seed) {
        return RowFactory.create(id, prompt, seed);
    }

    @Test
    void readsADigitAndASeed() {
        assertThat(PromptRow.of(row("a", " 7 ", "12"))).isEqualTo(new PromptRow("a", 7, 12));
    }

    @Test
    void saysWhatIsWrong() {
        assertThatThrownBy(() -> PromptRow.of(row("a", "cat", "1")))
                .isInstanceOf(InvalidRowException.class)
                .hasMessage("prompt must be a digit from 0 to 9, was 'cat'");
        assertThatThrownBy(() -> PromptRow.of(row("a", "1", "-2")))
                .isInstanceOf(InvalidRowException.class)
                .hasMessage("seed must be an integer from 0 to 9223372036854775807, was '-2'");
        assertThatThrownBy(() -> PromptRow.of(row("a", "1", "1.5")))
                .isInstanceOf(InvalidRowException.class)
                .hasMessageEndingWith("was '1.5'");
        assertThatThrownBy(() -> PromptRow.of(row("a", null, "1")))
                .isInstanceOf(InvalidRowException.class)
                .hasMessage("prompt must be given, found nothing");
        assertThatThrownBy(() -> PromptRow.of(row(null, "1", "1")))
                .isInstanceOf(InvalidRowException.class)
                .hasMessage("id must be given, found nothing");
    }

    @Test
    void measuresTheShareOfRowsThatWasAskedFor() {
        long measured = IntStream.range(0, 10_000)
                .filter(i -> DrawRows.isMeasured("row-" + i, 0.05))
                .count();
        assertThat(measured).isBetween(400L, 600L);
        assertThat(DrawRows.isMeasured("row-1", 0)).isFalse();
        assertThat(DrawRows.isMeasured("row-1", 1)).isTrue();
    }
}
