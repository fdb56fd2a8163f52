package dev.reprise.verify.run;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PairedSpeedupTest {
    @Test
    void oneOutlierAtEachEndDoesNotWidenTheInterval() {
        PairedSpeedup speedup = PairedSpeedup.of(1.5, 0.2, 1.4, 1.6, 9, 1.45, 1.55, 1.5, 1.52, 1.48, 1.51);

        assertThat(speedup).isEqualTo(new PairedSpeedup(1.5, 1.4, 1.6));
    }
}
