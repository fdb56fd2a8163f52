package dev.reprise.cli.measure;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StepTimesTest {
    @Test
    void takesEachKindAtItsLowerQuartile() {
        StepTimes times = new StepTimes();
        for (double nanos : new double[] {100, 102, 98, 9000}) {
            times.add(1, nanos);
        }
        for (double nanos : new double[] {10, 10, 11, 10, 500, 10}) {
            times.add(0.1, nanos);
        }

        assertThat(times.meanNanos()).isEqualTo((4 * 98 + 6 * 10) / 10.0);
    }

    @Test
    void knowsNothingBeforeTheFirstStep() {
        assertThat(new StepTimes().meanNanos()).isNaN();
    }
}
