package dev.reprise.cache.policy;

import static dev.reprise.cache.Decision.COMPUTE;
import static dev.reprise.cache.Decision.REUSE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.OrtFragments;
import dev.reprise.cache.Subject;
import dev.reprise.cache.TestGeneration;
import dev.reprise.cache.ToyModel;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.math.PolynomialFit;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TeaCacheTest {
    private final OrtFragments ort = new OrtFragments();

    @AfterEach
    void close() throws OrtException {
        ort.close();
    }

    @Test
    void firesUntilTheChangesAddUp() {
        CachePolicy policy = TeaCache.builder().set(TeaCache.THRESHOLD, 0.15).build();
        TestGeneration run = new TestGeneration(ort, ToyModel.doubleStream(), policy, 6);
        // 10 % from step to step: the probe rolls on while steps are skipped.
        for (float latents : new float[] {1, 1.1f, 1.21f, 1.331f, 1.4641f, 1.4641f}) {
            run.run(500, latents);
        }
        assertThat(run.decisions(Subject.BLOCKS)).containsExactly(COMPUTE, REUSE, COMPUTE, REUSE, COMPUTE, COMPUTE);
        assertThat(run.reasons(Subject.BLOCKS))
                .containsExactly(
                        "FIRST_STEP",
                        "ACCUMULATED=0.1000<0.1500",
                        "ACCUMULATED=0.2000>0.1500",
                        "ACCUMULATED=0.1000<0.1500",
                        "ACCUMULATED=0.2000>0.1500",
                        "LAST_STEP");
        assertThat(run.step(1).ran()).containsExactlyInAnyOrder("x", "m", "e0", "sample");
    }

    @Test
    void doesNotFireWhereThePolynomialSaysSo() {
        CachePolicy policy = TeaCache.builder()
                .set(TeaCache.COEFFICIENTS, List.of(100.0, 1.0, 0.0))
                .build();
        TestGeneration run = new TestGeneration(ort, ToyModel.singleStream(), policy, 9);
        run.run(500, 1);
        assertThat(run.run(500, 1.05f)).isEqualTo(run.uncached(500, 1.05f));
        assertThat(run.decisions(Subject.BLOCKS)).containsExactly(COMPUTE, COMPUTE);
        CachePolicy never = TeaCache.builder().set(TeaCache.THRESHOLD, 0.0).build();
        TestGeneration zero = new TestGeneration(ort, ToyModel.singleStream(), never, 9);
        zero.run(500, 1);
        zero.run(500, 1);
        assertThat(zero.decisions(Subject.BLOCKS)).containsExactly(COMPUTE, COMPUTE);
    }

    @Test
    void needsTheModulatedInput() {
        assertThatThrownBy(() -> TeaCache.builder()
                        .build()
                        .bind(ToyModel.singleStream().withoutModulatedInput().manifest()))
                .isInstanceOf(UnsupportedPolicyException.class)
                .hasMessageStartingWith("teacache needs the timestep-modulated input of transformer_blocks.0");
    }

    @Test
    void fitsAPolynomial() {
        List<Double> x = List.of(0.01, 0.02, 0.05, 0.1, 0.2, 0.3);
        List<Double> y = x.stream().map(v -> 3 * v * v - 0.5 * v + 0.25).toList();
        PolynomialFit fit = PolynomialFit.of(x, y, 4);
        assertThat(fit.rSquared()).isGreaterThan(0.999999);
        assertThat(fit.at(0.15)).isCloseTo(0.2425, org.assertj.core.api.Assertions.within(1e-9));
        PolynomialFit line = PolynomialFit.of(List.of(0.0, 1.0, 2.0), List.of(0.0, 0.0, 3.0), 1);
        assertThat(line.coefficients().get(0)).isCloseTo(1.5, org.assertj.core.api.Assertions.within(1e-9));
        assertThat(line.rSquared()).isCloseTo(0.75, org.assertj.core.api.Assertions.within(1e-9));
        assertThatThrownBy(() -> PolynomialFit.of(List.of(1.0, 1.0), List.of(1.0, 2.0), 1))
                .hasMessage("a fit of degree 1 needs more than 1 different points, found 1");
    }
}
