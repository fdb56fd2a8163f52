package dev.reprise.runtime.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MinimumQualityTest {
    private static Measured measured(double psnr, double standardError, double share) {
        return new Measured(new Candidate("easycache", Map.of()), psnr, standardError, share, 1);
    }

    @Test
    void takesTheLeastShareThatIsSafeRatherThanJustAbove() {
        Measured justAbove = measured(36, 1, 0.2);
        Measured safe = measured(37, 1, 0.3);
        Measured better = measured(45, 1, 0.5);
        assertThat(MinimumQuality.best(List.of(better, safe, justAbove), 35)).isEqualTo(safe);
        assertThat(MinimumQuality.best(List.of(better, safe, justAbove), 34)).isEqualTo(justAbove);
    }

    @Test
    void saysThatNothingIsSafe() {
        assertThatThrownBy(() -> MinimumQuality.best(List.of(measured(36, 1, 0.2)), 35))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("nothing that computes less than every step keeps 35.0 dB on the samples held out, with a"
                        + " margin of 1.645 standard errors");
    }

    @Test
    void ofOneImageTheMarginIsThreeDecibels() {
        assertThat(measured(36, Double.NaN, 0.2).safePsnr()).isEqualTo(33);
        assertThat(measured(36, 2, 0.2).safePsnr()).isEqualTo(36 - 3.29);
    }
}
