package dev.reprise.verify.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PairedSpeedupTest {
    @Test
    void oneOutlierAtEachEndDoesNotWidenTheInterval() {
        PairedSpeedup speedup = PairedSpeedup.of(1.5, 0.2, 1.4, 1.6, 9, 1.45, 1.55, 1.5, 1.52, 1.48, 1.51);

        assertThat(speedup).isEqualTo(new PairedSpeedup(1.5, 1.4, 1.6));
    }

    /** The interval of ratios 1 to n is from k + 1 to n - k: numbers as in tables of the sign test. */
    @ParameterizedTest
    @CsvSource({"1, 0", "5, 0", "6, 0", "8, 0", "9, 1", "11, 1", "12, 2", "20, 5", "100, 39", "10000, 4901"})
    void asManyAreLeftOutAsNinetyFivePercentAllow(int rounds, int outliers) {
        PairedSpeedup speedup = PairedSpeedup.of(
                IntStream.rangeClosed(1, rounds).asDoubleStream().toArray());

        assertThat(speedup).isEqualTo(new PairedSpeedup((rounds + 1) / 2.0, outliers + 1, rounds - outliers));
    }
}
