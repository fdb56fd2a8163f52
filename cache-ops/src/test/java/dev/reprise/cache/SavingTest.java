package dev.reprise.cache;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reprise.cache.policy.FirstBlockCache;
import dev.reprise.cache.policy.NoCache;
import dev.reprise.cache.reuse.ComputeAlways;
import dev.reprise.graph.bundle.Manifest;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SavingTest {
    private final Manifest model = ToyModel.singleStream().manifest();

    @Test
    void acceptsWhatLeavesSomethingOut() {
        for (CachePolicy policy : new CachePolicy[] {
            FirstBlockCache.builder().build(), NoCache.TYPE.builder().build()
        }) {
            assertThatCode(() -> Saving.require(policy.id(), model, policy.bind(model)))
                    .doesNotThrowAnyException();
        }
    }

    /** Nothing that the output needs is behind what it provides. */
    @Test
    void refusesWhatLeavesEverythingToBeComputed() {
        BoundPolicy bound = new BoundPolicy(
                Set.of("m"), Set.of(), Map.of(), () -> new ComputeAlways(Subject.BLOCKS, Reason.WARMUP));
        assertThatThrownBy(() -> Saving.require("mine", model, bound))
                .isInstanceOf(UnsupportedPolicyException.class)
                .hasMessageContaining("mine can save nothing in this model")
                .hasMessageContaining("m and 0 others");
    }
}
