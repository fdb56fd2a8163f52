package dev.reprise.cache.math;

import dev.reprise.graph.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * SeaCache's filter over the last axes {@code [batch, channels, .., height, width]}: a product of gains, one per axis and frequency,
 *
 * <pre>  g(f) = s·P(f) / (s²·P(f) + σ² + ε),  P(f) = 1/(|f|^p + ε),  s = 1 − σ,  ε = 1e−16,  f = 0, ±1/n, ±2/n, …  </pre>
 *
 * divided by the mean of the product. A gain that depends on one axis is a circulant matrix along it, so the filter is one small matrix
 * product per axis: no FFT. The matrices are inputs of the fragment, as they change with every step.
 *
 * @param sigma noise level in [0, 1]
 * @param powerExp p
 */
public record SpectralFilter(double sigma, double powerExp) {
    private static final double EPSILON = 1e-16;
    private static final double EDGE = 1e-6;

    /** The matrices {@code [n, n]} of the filtered axes, outermost first, row by row. */
    List<float[]> matrices(long[] shape) {
        List<float[]> matrices = new ArrayList<>();
        for (int axis = 2; axis < shape.length; axis++) {
            matrices.add(matrix(Math.toIntExact(shape[axis])));
        }
        return matrices;
    }

    private float[] matrix(int n) {
        double[] gains = new double[n];
        double mean = 0;
        for (int i = 0; i < n; i++) {
            gains[i] = gain((double) Math.min(i, n - i) / n);
            mean += gains[i] / n;
        }
        float[] matrix = new float[n * n];
        for (int distance = 0; distance < n; distance++) {
            double sum = 0;
            for (int i = 0; i < n; i++) {
                sum += gains[i] / mean * Math.cos(2 * Math.PI * i * distance / n);
            }
            for (int row = 0; row < n; row++) {
                matrix[row * n + (row + distance) % n] = (float) (sum / n);
            }
        }
        return matrix;
    }

    private double gain(double frequency) {
        double noise = Math.max(EDGE, Math.min(1 - EDGE, sigma));
        double signal = 1 - noise;
        double power = 1 / (Math.pow(frequency, powerExp) + EPSILON);
        return signal * power / (signal * signal * power + noise * noise + EPSILON);
    }

    /** The fragment for tensors of this element type and shape. */
    static Fragment fragment(ElementType type, long[] shape) {
        String name =
                "spectral_filter" + Arrays.toString(Arrays.copyOfRange(shape, 2, shape.length)) + "(" + type + ")";
        List<String> inputs = new ArrayList<>(List.of("t0"));
        for (int axis = 2; axis < shape.length; axis++) {
            inputs.add("m" + axis);
        }
        return new Fragment(name, inputs, List.of("result"), () -> {
            FragmentGraph graph = new FragmentGraph();
            String value = graph.input("t0", type, ElementType.FLOAT);
            for (int axis = 2; axis < shape.length; axis++) {
                long n = shape[axis];
                String matrix = graph.node("Reshape", graph.input("m" + axis, ElementType.FLOAT), graph.constant(n, n));
                long[] swap = new long[shape.length];
                for (int i = 0; i < swap.length; i++) {
                    swap[i] = i;
                }
                swap[axis] = shape.length - 1L;
                swap[shape.length - 1] = axis;
                boolean last = axis == shape.length - 1;
                String moved = last ? value : graph.transpose(value, swap);
                String product = graph.node("MatMul", moved, matrix);
                value = last ? product : graph.transpose(product, swap);
            }
            graph.output("result", value, ElementType.FLOAT, ElementType.FLOAT);
            return graph.model(name);
        });
    }
}
