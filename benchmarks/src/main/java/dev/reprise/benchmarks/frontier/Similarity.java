package dev.reprise.benchmarks.frontier;

import java.util.List;

/** How close an image is to another one, values in −1..1. */
final class Similarity {
    private static final int WINDOW = 7;
    private static final double RANGE = 2;

    private Similarity() {}

    /** Peak signal-to-noise ratio in dB; identical images have 120. */
    static double psnr(float[] a, float[] b) {
        double error = 0;
        for (int j = 0; j < a.length; j++) {
            error += ((double) a[j] - b[j]) * ((double) a[j] - b[j]);
        }
        return Math.min(120, 10 * Math.log10(RANGE * RANGE * a.length / Math.max(error, 1e-30)));
    }

    /** Mean over images of each image's own. */
    static double psnr(List<float[]> images, List<float[]> others) {
        double sum = 0;
        for (int i = 0; i < images.size(); i++) {
            sum += psnr(images.get(i), others.get(i));
        }
        return sum / images.size();
    }

    /**
     * Structural similarity (Wang et al. 2004) with a square window of 7 and sample covariances, as scikit-image has it; mean over all
     * planes of the last two axes.
     */
    static double ssim(float[] a, float[] b, List<Integer> shape) {
        int width = shape.get(shape.size() - 1);
        int height = shape.get(shape.size() - 2);
        int planes = a.length / (width * height);
        double sum = 0;
        int count = 0;
        for (int plane = 0; plane < planes; plane++) {
            for (int y = 0; y + WINDOW <= height; y++) {
                for (int x = 0; x + WINDOW <= width; x++) {
                    sum += window(a, b, plane * width * height + y * width + x, width);
                    count++;
                }
            }
        }
        return sum / count;
    }

    private static double window(float[] a, float[] b, int from, int width) {
        double n = WINDOW * WINDOW;
        double sumA = 0;
        double sumB = 0;
        double squaresA = 0;
        double squaresB = 0;
        double products = 0;
        for (int y = 0; y < WINDOW; y++) {
            for (int x = 0; x < WINDOW; x++) {
                double p = a[from + y * width + x];
                double q = b[from + y * width + x];
                sumA += p;
                sumB += q;
                squaresA += p * p;
                squaresB += q * q;
                products += p * q;
            }
        }
        double meanA = sumA / n;
        double meanB = sumB / n;
        double varianceA = (squaresA - n * meanA * meanA) / (n - 1);
        double varianceB = (squaresB - n * meanB * meanB) / (n - 1);
        double covariance = (products - n * meanA * meanB) / (n - 1);
        double c1 = Math.pow(0.01 * RANGE, 2);
        double c2 = Math.pow(0.03 * RANGE, 2);
        return (2 * meanA * meanB + c1)
                * (2 * covariance + c2)
                / ((meanA * meanA + meanB * meanB + c1) * (varianceA + varianceB + c2));
    }
}
