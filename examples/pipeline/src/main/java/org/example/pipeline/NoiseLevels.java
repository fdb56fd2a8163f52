package org.example.pipeline;

/** Spacings of noise levels that both schedulers know. */
final class NoiseLevels {
    private static final double KARRAS_RHO = 7;

    private NoiseLevels() {}

    /** {@code count} values from the first to the last, both included. */
    static double[] linear(double first, double last, int count) {
        double[] values = new double[count];
        double step = count == 1 ? 0 : (last - first) / (count - 1);
        for (int i = 0; i < count; i++) {
            values[i] = first + i * step;
        }
        if (count > 1) {
            values[count - 1] = last;
        }
        return values;
    }

    /** Even in the seventh root (Karras et al. 2022, equation 5). */
    static double[] karras(double first, double last, int count) {
        double[] roots = linear(Math.pow(first, 1 / KARRAS_RHO), Math.pow(last, 1 / KARRAS_RHO), count);
        for (int i = 0; i < count; i++) {
            roots[i] = Math.pow(roots[i], KARRAS_RHO);
        }
        return roots;
    }

    /** Even in the logarithm. */
    static double[] exponential(double first, double last, int count) {
        double[] logs = linear(Math.log(first), Math.log(last), count);
        for (int i = 0; i < count; i++) {
            logs[i] = Math.exp(logs[i]);
        }
        return logs;
    }

    /** A flow's levels moved towards the noise: {@code s·σ/(1 + (s − 1)·σ)}. */
    static double shifted(double sigma, double shift) {
        return shift * sigma / (1 + (shift - 1) * sigma);
    }
}
