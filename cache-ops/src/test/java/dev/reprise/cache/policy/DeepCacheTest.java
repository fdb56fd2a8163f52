package dev.reprise.cache.policy;

import static dev.reprise.cache.Decision.COMPUTE;
import static dev.reprise.cache.Decision.REUSE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.OrtFragments;
import dev.reprise.cache.Subject;
import dev.reprise.cache.TestGeneration;
import dev.reprise.cache.ToyModel;
import dev.reprise.cache.UnsupportedPolicyException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeepCacheTest {
    private final OrtFragments ort = new OrtFragments();

    @AfterEach
    void close() throws OrtException {
        ort.close();
    }

    @Test
    void runsTheShallowLayersAtEveryStepAndAllAtEveryThird() {
        TestGeneration run = new TestGeneration(ort, ToyModel.singleStream().asUNet(), policy(), 7);
        for (int i = 0; i < 7; i++) {
            run.run(700 - i, 1 + i);
        }
        assertThat(run.decisions(Subject.BLOCKS))
                .containsExactly(COMPUTE, REUSE, REUSE, COMPUTE, REUSE, REUSE, COMPUTE);
        assertThat(run.reasons(Subject.BLOCKS)).startsWith("FIRST_STEP", "INTERVAL", "INTERVAL", "INTERVAL");
        assertThat(run.step(1).ran()).containsExactlyInAnyOrder("a4", "h4", "sample");
        assertThat(run.step(3).ran()).contains("a1", "a2", "a3", "a4");
    }

    @Test
    void aDeeperBranchRunsMoreAtEveryStep() {
        TestGeneration run = new TestGeneration(
                ort, ToyModel.singleStream().asUNet(), policy("cache_interval=2", "cache_branch_id=3"), 2);
        run.run(700, 1);
        run.run(600, 2);
        assertThat(run.step(1).ran()).containsExactlyInAnyOrder("a3", "h3", "a4", "h4", "sample");
    }

    /** Image to image begins in the middle of the schedule. */
    @Test
    void theFirstStepThatRunsIsAComputedOne() {
        TestGeneration run = new TestGeneration(ort, ToyModel.singleStream().asUNet(), policy(), 9);
        run.run(4, 500, 1);
        run.run(5, 400, 1);
        run.run(6, 300, 1);
        run.run(7, 200, 1);
        assertThat(run.decisions(Subject.BLOCKS)).containsExactly(COMPUTE, REUSE, REUSE, COMPUTE);
    }

    @Test
    void quadComputesTheStepsOfThePublishedCode() {
        TestGeneration run = new TestGeneration(
                ort,
                ToyModel.singleStream().asUNet(),
                policy("cache_interval=5", "skip_mode=quad", "center=15", "pow=1.4"),
                50);
        for (int i = 0; i < 50; i++) {
            run.run(900 - i, 1);
        }
        List<Integer> computed = Stream.iterate(0, i -> i + 1)
                .limit(50)
                .filter(i -> run.decisions(Subject.BLOCKS).get(i) == COMPUTE)
                .toList();
        assertThat(computed).containsExactly(0, 5, 9, 13, 17, 21, 26, 31, 37, 43);
    }

    @Test
    void refusesWhatItCannotDo() {
        assertThatThrownBy(() -> policy().bind(ToyModel.singleStream().manifest()))
                .isInstanceOf(UnsupportedPolicyException.class)
                .hasMessage(
                        "deep_cache needs a UNet: skip connections from the way down to the way up. None was found in this"
                                + " model");
        assertThatThrownBy(() -> policy("cache_branch_id=6")
                        .bind(ToyModel.singleStream().asUNet().manifest()))
                .isInstanceOf(UnsupportedPolicyException.class)
                .hasMessage("deep_cache: cache_branch_id must be below 6 (3 × 2 up blocks of this model), was 6");
        assertThatThrownBy(() -> policy("skip_mode=quad"))
                .isInstanceOf(InvalidPolicyException.class)
                .hasMessage("deep_cache: center must be set with skip_mode quad");
        // 0.02 less is the same number here: the search for a power would not end.
        assertThatThrownBy(() -> policy("skip_mode=quad", "center=15", "pow=1e17"))
                .isInstanceOf(InvalidPolicyException.class)
                .hasMessage("deep_cache: pow must be a number in [1, 100], was 1.0E17");
    }

    private static CachePolicy policy(String... settings) {
        return PolicyCatalogue.parse("deep_cache", List.of(settings));
    }
}
