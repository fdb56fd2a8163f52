package dev.reprise.cache.reuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.cache.parameter.TimestepRange;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimestepScaleCheckTest {
    @ParameterizedTest
    @CsvSource({
        "1,    100, 800,  true",
        "0.9,  100, 800,  true",
        "999,  100, 800,  false",
        "1.5,  100, 800,  false",
        "0.9,  0.1, 0.8,  false",
        "0.9,  -1,  1001, false",
        "0,    100, 800,  false"
    })
    void aTimestepThatStartsAtOneIsOffTheScaleOfItsRange(double first, double low, double high, boolean off) {
        assertThat(TimestepScaleCheck.isOffScale(first, List.of(new TimestepRange(low, high))))
                .isEqualTo(off);
    }
}
