package dev.reprise.cache.policy;

import static dev.reprise.cache.Decision.COMPUTE;
import static dev.reprise.cache.Decision.REUSE;
import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.Close;
import dev.reprise.cache.OrtFragments;
import dev.reprise.cache.Subject;
import dev.reprise.cache.TestGeneration;
import dev.reprise.cache.ToyModel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StepMaskTest {
    private final OrtFragments ort = new OrtFragments();

    @AfterEach
    void close() throws OrtException {
        ort.close();
    }

    @Test
    void skipsTheBlocksWhereTheMaskSays() {
        CachePolicy policy = StepMask.builder().set(StepMask.MASK, "0010").build();
        TestGeneration run = new TestGeneration(ort, ToyModel.doubleStream(), policy, 6);
        float[] first = run.run(500, 1);
        float[] second = run.run(400, 1);
        for (int i = 0; i < 4; i++) {
            run.run(300, 1);
        }
        assertThat(run.decisions(Subject.BLOCKS)).containsExactly(COMPUTE, REUSE, COMPUTE, REUSE, COMPUTE, COMPUTE);
        assertThat(run.reasons(Subject.BLOCKS)).startsWith("FIRST_STEP", "MASK");
        assertThat(run.step(1).ran()).containsExactlyInAnyOrder("x", "e0", "sample");
        // The residual is added exactly once: the same input gives the first step's output.
        for (int i = 0; i < first.length; i++) {
            assertThat(second[i]).isCloseTo(first[i], Close.TO);
        }
    }

    @Test
    void skipsTheWholeModelWhereThereAreNoBlocks() {
        CachePolicy policy = StepMask.builder().set(StepMask.MASK, "10").build();
        TestGeneration run = new TestGeneration(ort, ToyModel.singleStream().withoutBlocks(), policy, 3);
        float[] first = run.run(500, 1);
        assertThat(run.run(400, 2)).isEqualTo(first);
        assertThat(run.step(1).ran()).isEmpty();
        assertThat(run.run(300, 3)).isEqualTo(run.uncached(300, 3));
        assertThat(run.decisions(Subject.MODEL)).containsExactly(COMPUTE, REUSE, COMPUTE);
    }
}
