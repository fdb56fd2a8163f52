package dev.reprise.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RemainingTimeTest {
    @Test
    void theRestTakesAsLongAsWhatIsDone() {
        RemainingTime remaining = new RemainingTime(12);

        assertThat(remaining.words(0)).isEqualTo(", 1 of 12");
        remaining.oneDone();
        remaining.oneDone();
        assertThat(remaining.words(4_000_000_000L)).isEqualTo(", 3 of 12, about 20 s left");
        assertThat(remaining.words(60_000_000_000L)).isEqualTo(", 3 of 12, about 5 min left");
    }
}
