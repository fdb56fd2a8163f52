package dev.reprise.cache.reuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuadraticStepsTest {
    /** Printed by {@code testdata/export/deep_cache_steps.py}. */
    @ParameterizedTest
    @CsvSource({
        "50, 5, 15, 1.4, 0 5 9 13 17 21 26 31 37 43",
        "50, 3, 10, 1.2, 0 3 6 8 10 12 14 17 20 23 26 29 32 36 39 42 46",
        "100, 10, 25, 1.6, 0 8 15 23 30 39 49 61 73 86",
        "20, 2, 5, 1.4, 0 2 4 5 6 8 10 12 14 17",
        "30, 4, 0, 1.3, 0 2 4 8 12 16 20 25",
        "12, 3, 8, 1.5, 0 4 7 9",
        "50, 2, 40, 3.0, 0 4 7 10 13 16 19 21 24 26 29 31 33 35 37 39 40 41 43 44 45 46 47 48 49"
    })
    void areThoseOfThePublishedCode(int count, int interval, int center, double pow, String expected) {
        assertThat(QuadraticSteps.of(count, interval, center, pow).orElseThrow().stream()
                        .map(String::valueOf)
                        .collect(Collectors.joining(" ")))
                .isEqualTo(expected);
    }

    @Test
    void thereAreNoneWhereTheCenterLiesBehindTheEnd() {
        assertThat(QuadraticSteps.of(10, 3, 11, 1.4)).isEmpty();
    }
}
