package dev.reprise.runtime.step;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class StepOrderTest {
    private final StepOrder order = new StepOrder();

    private boolean restarts(int index, double timestep) {
        return order.next(index, OptionalDouble.of(timestep)) != null;
    }

    @Test
    void stepsThatGoOnAreOneGeneration() {
        for (int i = 0; i < 10; i++) {
            assertThat(restarts(i, 999 - 100 * i)).isFalse();
        }
    }

    @Test
    void modelsWhoseTimeRunsUpwardsAreKnownByTheirFirstSteps() {
        assertThat(restarts(0, 0)).isFalse();
        assertThat(restarts(1, 500)).isFalse();
        assertThat(restarts(2, 900)).isFalse();
        assertThat(restarts(3, 0)).isTrue();
    }

    @Test
    void twoEvaluationsInOneStepAndChurnAreNoNewGeneration() {
        assertThat(restarts(0, 999)).isFalse();
        assertThat(restarts(0, 800)).isFalse();
        assertThat(restarts(1, 800)).isFalse();
        assertThat(restarts(1, 600)).isFalse();
        assertThat(restarts(2, 650)).isFalse();
    }

    @Test
    void aJumpUpIsANewGenerationAndLearnsTheStepsAnew() {
        assertThat(restarts(0, 999)).isFalse();
        assertThat(restarts(1, 500)).isFalse();
        assertThat(restarts(2, 999)).isTrue();
        assertThat(restarts(3, 900)).isFalse();
        assertThat(restarts(4, 999)).isTrue();
    }

    @Test
    void withoutTimestepsOnlyTheIndexTells() {
        assertThat(order.next(0, OptionalDouble.empty())).isNull();
        assertThat(order.next(1, OptionalDouble.empty())).isNull();
        assertThat(order.next(0, OptionalDouble.empty())).isNotNull();
    }
}
