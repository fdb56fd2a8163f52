package dev.reprise.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PhysicalCoresTest {
    @Test
    void countsBothHardwareThreadsOfACoreOnce() {
        assertThat(PhysicalCores.count(cpuinfo(0, 0, 0, 1, 0, 0, 0, 1))).isEqualTo(2);
    }

    @Test
    void tellsCoresOfOneNumberOnTwoSocketsApart() {
        assertThat(PhysicalCores.count(cpuinfo(0, 0, 1, 0))).isEqualTo(2);
    }

    @Test
    void knowsNothingWhereLinuxDoesNotTell() {
        assertThat(PhysicalCores.count(List.of("processor\t: 0", "model name\t: ARMv8")))
                .isZero();
    }

    /** Lines as in {@code /proc/cpuinfo}, for pairs of a socket and a core. */
    private static List<String> cpuinfo(int... socketsAndCores) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < socketsAndCores.length; i += 2) {
            lines.add("processor\t: " + i / 2);
            lines.add("physical id\t: " + socketsAndCores[i]);
            lines.add("core id\t\t: " + socketsAndCores[i + 1]);
            lines.add("");
        }
        return lines;
    }
}
