package dev.reprise.cli.tune;

import org.jspecify.annotations.Nullable;

/**
 * Denoising diffusion with 1000 trained timesteps: DDIM (η = 0), or DPM-Solver++ 2M, second order in {@code λ = log(α/σ)}.
 *
 * <pre>
 *   x₀ = (x − σ·ε)/α, α·x − σ·v, or the output itself
 *   DDIM:   x' = α'·x₀ + σ'·(x − α·x₀)/σ
 *   2M:     D = (1 + 1/2r)·x₀ − 1/2r·x₀_before, r = h_before/h;  x' = σ'/σ·x − α'·(e^{−h} − 1)·D,  h = λ' − λ
 * </pre>
 */
final class VariancePreserving implements NoiseSchedule {
    private static final int TRAINED = 1000;

    private final SamplerSettings settings;
    private final boolean secondOrder;
    private final double[] signal = new double[TRAINED];
    private float @Nullable [] before;
    private double stepBefore;

    VariancePreserving(SamplerSettings settings, boolean secondOrder) {
        this.settings = settings;
        this.secondOrder = secondOrder;
        double product = 1;
        for (int t = 0; t < TRAINED; t++) {
            double at = (double) t / (TRAINED - 1);
            double beta = settings.scaledLinear()
                    ? Math.pow(
                            Math.sqrt(settings.betaStart())
                                    + at * (Math.sqrt(settings.betaEnd()) - Math.sqrt(settings.betaStart())),
                            2)
                    : settings.betaStart() + at * (settings.betaEnd() - settings.betaStart());
            product *= 1 - beta;
            signal[t] = product;
        }
    }

    @Override
    public double timestep(int i) {
        // Trailing spacing: from the last trained timestep down.
        return Math.rint(TRAINED - (double) i * TRAINED / settings.steps()) - 1;
    }

    /** Share of signal at the start of a step; 1 behind the last. */
    private double alphaSquared(int i) {
        return i >= settings.steps() ? 1 : signal[(int) timestep(i)];
    }

    @Override
    public void follow(float[] x, float[] output, int i) {
        double alpha = Math.sqrt(alphaSquared(i));
        double sigma = Math.sqrt(1 - alphaSquared(i));
        double nextAlpha = Math.sqrt(alphaSquared(i + 1));
        double nextSigma = Math.sqrt(1 - alphaSquared(i + 1));
        float[] clean = clean(x, output, alpha, sigma);
        boolean last = i == settings.steps() - 1;
        if (!secondOrder || last) {
            for (int j = 0; j < x.length; j++) {
                x[j] = (float) (nextAlpha * clean[j] + nextSigma * (x[j] - alpha * clean[j]) / sigma);
            }
        } else {
            double step = Math.log(nextAlpha / nextSigma) - Math.log(alpha / sigma);
            double extra = before == null ? 0 : step / (2 * stepBefore);
            for (int j = 0; j < x.length; j++) {
                double direction = before == null ? clean[j] : (1 + extra) * clean[j] - extra * before[j];
                x[j] = (float) (nextSigma / sigma * x[j] - nextAlpha * Math.expm1(-step) * direction);
            }
            stepBefore = step;
        }
        before = clean;
    }

    private float[] clean(float[] x, float[] output, double alpha, double sigma) {
        float[] clean = new float[x.length];
        for (int j = 0; j < x.length; j++) {
            clean[j] = (float)
                    switch (settings.prediction()) {
                        case EPSILON -> (x[j] - sigma * output[j]) / alpha;
                        case V_PREDICTION -> alpha * x[j] - sigma * output[j];
                        case SAMPLE -> output[j];
                    };
        }
        return clean;
    }
}
