package dev.reprise.runtime.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reprise.runtime.step.CallOrder.Call;
import org.junit.jupiter.api.Test;

class CallOrderTest {
    private final CallOrder falling = new CallOrder(-1, 1);

    private Call call(double timestep) {
        return falling.next(timestep, 7);
    }

    @Test
    void aTimestepIsAStep() {
        assertThat(call(999)).isEqualTo(new Call(0, 0, false));
        assertThat(call(666)).isEqualTo(new Call(1, 0, false));
        // A solver of second order evaluates twice.
        assertThat(call(666)).isEqualTo(new Call(1, 0, false));
        assertThat(call(333)).isEqualTo(new Call(2, 0, false));
    }

    @Test
    void aTimestepThatGoesUpBeginsAGeneration() {
        call(999);
        call(500);

        assertThat(call(999)).isEqualTo(new Call(0, 0, true));
        assertThat(call(500)).isEqualTo(new Call(1, 0, false));
    }

    @Test
    void alsoAfterGenerationsOfOneStep() {
        assertThat(call(500)).isEqualTo(new Call(0, 0, false));
        assertThat(call(999).newGeneration()).isTrue();
    }

    @Test
    void churnBelongsToTheStep() {
        call(999);
        call(899);

        assertThat(call(920)).isEqualTo(new Call(1, 0, false));
        assertThat(call(799)).isEqualTo(new Call(2, 0, false));
    }

    @Test
    void timestepsMayRise() {
        CallOrder rising = new CallOrder(1, 1);
        rising.next(0, 7);

        assertThat(rising.next(0.5, 7)).isEqualTo(new Call(1, 0, false));
        assertThat(rising.next(0, 7)).isEqualTo(new Call(0, 0, true));
    }

    @Test
    void timestepsThatOnlyRiseAreRefused() {
        call(0);
        call(0.25);

        assertThatThrownBy(() -> call(0.5))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("went up twice in a row")
                .hasMessageContaining("ascending()");
    }

    @Test
    void branchesTakeTurns() {
        CallOrder order = new CallOrder(-1, 2);

        assertThat(order.next(999, 1)).isEqualTo(new Call(0, 0, false));
        assertThat(order.next(999, 2)).isEqualTo(new Call(0, 1, false));
        assertThat(order.next(500, 1)).isEqualTo(new Call(1, 0, false));
        assertThatThrownBy(() -> order.next(0, 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("after 1 of 2 guidance branches");
    }

    @Test
    void anotherConditioningAtOneTimestepIsRefused() {
        falling.next(999, 1);

        assertThatThrownBy(() -> falling.next(999, 2))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("two calls at timestep 999")
                .hasMessageContaining("branches(");
    }

    @Test
    void aResetForgetsTheTimestep() {
        call(999);
        falling.reset();

        assertThat(call(999)).isEqualTo(new Call(0, 0, false));
        assertThatThrownBy(() -> call(Double.NaN)).isInstanceOf(IllegalStateException.class);
    }
}
