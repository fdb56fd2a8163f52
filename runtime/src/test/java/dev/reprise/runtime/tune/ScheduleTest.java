package dev.reprise.runtime.tune;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.runtime.tune.Schedule.Form;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ScheduleTest {
    @Test
    void spreadsEvenlyOrWithABend() {
        assertThat(Schedule.spread(9, 3, 1)).isEqualTo("100100100");
        assertThat(Schedule.spread(10, 10, 1)).isEqualTo("1111111111");
        for (double bend : new double[] {0.5, 0.85, 1.25, 3}) {
            assertThat(Schedule.spread(20, 7, bend)).hasSize(20).startsWith("1").matches("(0*1){7}0*");
        }
        assertThat(Schedule.spread(12, 4, 2).indexOf('1', 1)).isLessThan(3);
    }

    @Test
    void aMoveKeepsTheFirstStepAndTheNumber() {
        Random random = new Random(1);
        Schedule schedule = new Schedule("100100100100", Form.LINEAR);
        for (int i = 0; i < 500; i++) {
            schedule = schedule.moved(random);
            assertThat(schedule.mask()).startsWith("1");
            assertThat(schedule.computed()).isEqualTo(4);
        }
        assertThat(new Schedule("1000", Form.LINEAR).moved(random).mask()).isEqualTo("1000");
        assertThat(new Schedule("1111", Form.LINEAR).moved(random).mask()).isEqualTo("1111");
    }

    @Test
    void neighboursMoveOneStepByOne() {
        assertThat(new Schedule("100101", Form.LINEAR).neighbours())
                .extracting(Schedule::mask)
                .containsExactly("101001", "100011", "100110");
    }

    @Test
    void everyFormBuilds() {
        for (Form form : Form.all()) {
            assertThat(Candidate.of(new Schedule("101", form), null).build().id())
                    .isEqualTo("combined");
        }
        assertThat(Form.all()).doesNotHaveDuplicates().contains(Form.LINEAR, Form.HOLD);
        for (Preset preset : Preset.all(20)) {
            assertThat(preset.at().apply(preset.high()).build().id()).isEqualTo(preset.name());
        }
    }
}
