package dev.reprise.cache.parameter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StepRuleTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "step % 3 != 0            | 1 2 4 5 7 8 10 11",
                "step%3==1                | 1 4 7 10",
                "every 4                  | 0 4 8",
                "every 2nd from 5         | 5 7 9 11",
                "every 3rd from 1         | 1 4 7 10",
                "2, 5-7, 10-              | 2 5 6 7 10 11",
                "step >= 9 or step < 2    | 0 1 9 10 11",
                "step > 2 and step <= 8 and step % 2 == 0, 11 | 4 6 8 11",
                "1 or 2 and 3             | 1"
            })
    void includes(String rule, String steps) {
        StepRule parsed = StepRule.of(rule);
        assertThat(IntStream.range(0, 12)
                        .filter(parsed::includes)
                        .mapToObj(Integer::toString)
                        .collect(Collectors.joining(" ")))
                .isEqualTo(steps);
    }

    @Test
    void isBounded() {
        assertThatThrownBy(() -> StepRule.of("1,".repeat(300) + "1"))
                .hasMessage("a rule of 601 characters, longer than 500");
        assertThatThrownBy(() -> StepRule.of("12345678"))
                .hasMessage("'12345678' has 12345678, more steps than any generation has");
        assertThatThrownBy(() -> StepRule.of("")).hasMessage("'' has its end where a number is expected");
    }
}
