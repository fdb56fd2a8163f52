package dev.reprise.runtime.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.reprise.runtime.tune.RolloutRecorder.Recorded;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

class IncrementsTest {
    private static final int STEPS = 9;
    private static final int VALUES = 64;

    private final Random random = new Random(7);

    private float[] noise() {
        float[] values = new float[VALUES];
        for (int j = 0; j < VALUES; j++) {
            values[j] = (float) random.nextGaussian();
        }
        return values;
    }

    /** A rollout whose outputs are polynomials of the step: {@code x' = a·x + b·(u + 3·(c − u))}. */
    private Recorded rollout(IntFunction<Double> a, IntFunction<Double> b, int order, double noise) {
        List<float[]> latents = new ArrayList<>();
        List<List<float[]>> outputs = new ArrayList<>();
        float[][] u = new float[order + 1][];
        float[][] c = new float[order + 1][];
        for (int i = 0; i <= order; i++) {
            u[i] = noise();
            c[i] = noise();
        }
        float[] x = noise();
        for (int t = 0; t < STEPS; t++) {
            latents.add(x.clone());
            float[] ut = new float[VALUES];
            float[] ct = new float[VALUES];
            for (int j = 0; j < VALUES; j++) {
                for (int i = 0; i <= order; i++) {
                    ut[j] += (float) (u[i][j] * Math.pow(t / 4.0, i));
                    ct[j] += (float) (c[i][j] * Math.pow(t / 4.0, i));
                }
                x[j] = (float) (a.apply(t) * x[j]
                        + b.apply(t) * (ut[j] + 3 * (ct[j] - ut[j]))
                        + noise * random.nextGaussian());
            }
            outputs.add(List.of(ut, ct));
        }
        return new Recorded(latents, outputs, 2);
    }

    @Test
    void aSamplerIsFoundOutByWatchingIt() {
        Recorded seen = rollout(t -> 0.9 + 0.01 * t, t -> -0.1 * (t + 1), 2, 0);
        SamplerSteps sampler = SamplerSteps.of(seen.latents(), seen.outputs());
        assertThat(sampler).isNotNull();
        double scale = 1;
        for (int t = 0; t < STEPS; t++) {
            scale *= 0.9 + 0.01 * t;
            assertThat(sampler.scale(t)).isCloseTo(scale, within(1e-3));
            assertThat(sampler.counts(t)).isCloseTo(-0.1 * (t + 1) / scale, within(1e-2));
            assertThat(sampler.shares(t)[0]).isCloseTo(0.2 * (t + 1), within(1e-2));
            assertThat(sampler.shares(t)[1]).isCloseTo(-0.3 * (t + 1), within(1e-2));
        }
    }

    @Test
    void aSamplerThatAddsNoiseIsNotUnderstood() {
        Recorded seen = rollout(t -> 1.0, t -> -0.1, 1, 0.5);
        assertThat(SamplerSteps.of(seen.latents(), seen.outputs())).isNull();
        assertThat(Increments.of(List.of(seen))).isNotNull();
    }

    @Test
    void fittedWeightsGoOnAsTheOutputsDo() {
        // Three computed steps say all about a quadratic, whatever the sampler makes of the outputs.
        Increments increments =
                Increments.of(List.of(rollout(t -> 1.0, t -> -0.1, 2, 0), rollout(t -> 1.0, t -> -0.1, 2, 0)));
        assertThat(increments).isNotNull();
        FittedWeights fitted = increments.fitted("110100100", 1);
        assertThat(fitted.rows()).hasSize(STEPS);
        assertThat(fitted.rows().get(0)).containsExactly(1.0);
        assertThat(fitted.rows().get(2)).hasSize(2);
        assertThat(fitted.rows().get(8)).hasSize(4);
        for (int power = 0; power <= 2; power++) {
            double sum = 0;
            for (int i = 0; i < 4; i++) {
                sum += fitted.rows().get(8).get(i)
                        * Math.pow(List.of(0, 1, 3, 6).get(i) / 4.0, power);
            }
            assertThat(sum).isCloseTo(Math.pow(2, power), within(0.05));
        }
    }

    @Test
    void aComputedStepMakesGoodWhatWasMissed() {
        Recorded seen = rollout(t -> 1.0, t -> -0.1, 1, 0);
        Increments increments = Increments.of(List.of(seen));
        assertThat(increments).isNotNull();
        // One value says nothing about a slope: step 1 is missed, and the row of step 2 brings it back.
        List<List<Double>> rows = increments.fitted("101000000", 1).rows();
        double given = 0;
        double wanted = 0;
        for (int t = 0; t < STEPS; t++) {
            given += rows.get(t).get(0) + (rows.get(t).size() > 1 ? rows.get(t).get(1) : 0);
            wanted += 1;
        }
        assertThat(given).isCloseTo(wanted, within(0.05));
        assertThat(increments.fitted("101000000", 1).decibels())
                .isGreaterThan(increments.decibels("101000000", false) + 20);
    }

    @Test
    void aBlendOfNothingIsTheLine() {
        Increments increments = Increments.of(List.of(rollout(t -> 1.0, t -> -0.1, 2, 0)));
        assertThat(increments).isNotNull();
        List<List<Double>> rows = increments.fitted("101000010", 0).rows();
        assertThat(rows.get(1)).containsExactly(1.0);
        assertThat(rows.get(2)).containsExactly(0.0, 1.0);
        assertThat(rows.get(4)).containsExactly(-1.0, 2.0);
        assertThat(rows.get(8)).containsExactly(0.0, -0.2, 1.2);
    }

    @Test
    void moreComputedStepsPromiseMore() {
        Increments increments = Increments.of(List.of(rollout(t -> 1.0, t -> -0.1, 4, 0)));
        assertThat(increments).isNotNull();
        assertThat(increments.fittedDecibels("111110000")).isGreaterThan(increments.fittedDecibels("110000000") + 10);
    }

    @Test
    void rolloutsOfDifferentLengthsSayNothing() {
        Recorded seen = rollout(t -> 1.0, t -> -0.1, 1, 0);
        Recorded shorter =
                new Recorded(seen.latents().subList(0, 5), seen.outputs().subList(0, 5), 2);
        assertThat(Increments.of(List.of(seen, shorter))).isNull();
        assertThat(Increments.of(List.of())).isNull();
    }
}
