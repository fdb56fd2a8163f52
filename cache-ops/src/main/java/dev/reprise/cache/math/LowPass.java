package dev.reprise.cache.math;

import dev.reprise.graph.ElementType;
import java.util.List;

/**
 * The disc-shaped low-pass of FasterCache over {@code [.., height, width]}: keeps the spatial frequencies with
 * {@code fy² + fx² ≤ radius²}, {@code radius = ⌊min(height, width)/5⌋}.
 *
 * <p>The disc is symmetric in the sign of both frequencies (it never reaches the Nyquist frequency, which is its own mirror), so
 * the low-passed part of a real image is real, and the products {cos, sin}(fy) × {cos, sin}(fx) span what the mask keeps. With
 * orthonormal real Fourier bases {@code Y [height, n]} and {@code X [width, n]}, {@code n = 2·radius+1}, it is
 *
 * <pre>  low(z) = Y · (M ∘ (Yᵀ · z · X)) · Xᵀ </pre>
 *
 * with {@code M [n, n]} of 0 and 1: four small matrix products on any execution provider, and no FFT.
 *
 * @param height rows
 * @param width columns
 */
record LowPass(int height, int width) {

    int radius() {
        return Math.min(height, width) / 5;
    }

    Fragment fragment(ElementType type) {
        String name = "low_pass_" + height + "x" + width + "(" + type + ")->" + ElementType.FLOAT;
        return new Fragment(name, List.of("t0"), List.of("result"), () -> {
            FragmentGraph graph = new FragmentGraph();
            int n = 2 * radius() + 1;
            String image = graph.input("t0", type, ElementType.FLOAT);
            String y = graph.matrix(height, n, basis(height));
            String yTransposed = graph.matrix(n, height, transposed(basis(height), height, n));
            String x = graph.matrix(width, n, basis(width));
            String xTransposed = graph.matrix(n, width, transposed(basis(width), width, n));
            String spectrum = graph.node("MatMul", yTransposed, graph.node("MatMul", image, x));
            String kept = graph.node("Mul", spectrum, graph.matrix(n, n, mask()));
            String low = graph.node("MatMul", y, graph.node("MatMul", kept, xTransposed));
            graph.output("result", low, ElementType.FLOAT, ElementType.FLOAT);
            return graph.model(name);
        });
    }

    /** Orthonormal columns 1, cos 1, sin 1, cos 2, sin 2 …, of {@code length} samples. */
    private float[] basis(int length) {
        int n = 2 * radius() + 1;
        float[] basis = new float[length * n];
        for (int sample = 0; sample < length; sample++) {
            for (int column = 0; column < n; column++) {
                double angle = 2 * Math.PI * frequency(column) * sample / length;
                double value = column == 0
                        ? Math.sqrt(1.0 / length)
                        : Math.sqrt(2.0 / length) * (column % 2 == 1 ? Math.cos(angle) : Math.sin(angle));
                basis[sample * n + column] = (float) value;
            }
        }
        return basis;
    }

    private float[] mask() {
        int n = 2 * radius() + 1;
        float[] mask = new float[n * n];
        for (int row = 0; row < n; row++) {
            for (int column = 0; column < n; column++) {
                int fy = frequency(row);
                int fx = frequency(column);
                mask[row * n + column] = fy * fy + fx * fx <= radius() * radius() ? 1 : 0;
            }
        }
        return mask;
    }

    private static int frequency(int column) {
        return (column + 1) / 2;
    }

    private static float[] transposed(float[] matrix, int rows, int columns) {
        float[] result = new float[matrix.length];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                result[column * rows + row] = matrix[row * columns + column];
            }
        }
        return result;
    }
}
