package dev.reprise.graph.recording;

import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32C;

/**
 * What is remembered of a tensor's content. Two tensors with the same checksum are the same bits. How far two others are apart is
 * estimated from sketches: each number of a sketch is a sum of all elements with signs that depend on their position, so that the
 * squared difference of two sketches is, on average, the squared distance of the tensors (Alon, Matias and Szegedy, 1996).
 *
 * @param checksum CRC-32C of the elements' bytes, and the shape: {@code 1x64x32:9f3c01aa}
 * @param norm Euclidean norm of the finite elements
 * @param largest largest absolute value of the finite elements
 * @param nonFinite elements that are infinite or not a number
 * @param sketch sums with signs over the finite elements
 */
public record ValueFingerprint(String checksum, double norm, double largest, long nonFinite, List<Float> sketch) {
    private static final int SUMS = 16;

    public ValueFingerprint {
        sketch = List.copyOf(sketch);
        if (sketch.size() != SUMS) {
            throw new IllegalArgumentException("a sketch has " + SUMS + " numbers, found " + sketch.size());
        }
    }

    /**
     * Of a tensor.
     *
     * @param values its elements as numbers
     */
    public static ValueFingerprint of(StoredTensor tensor, float[] values) {
        double[] sums = new double[SUMS];
        double squares = 0;
        double largest = 0;
        long nonFinite = 0;
        for (int i = 0; i < values.length; i++) {
            float value = values[i];
            if (!Float.isFinite(value)) {
                nonFinite++;
                continue;
            }
            squares += (double) value * value;
            largest = Math.max(largest, Math.abs((double) value));
            int signs = signs(i);
            for (int sum = 0; sum < SUMS; sum++) {
                sums[sum] += (signs >>> sum & 1) == 0 ? value : -value;
            }
        }
        Float[] sketch = new Float[SUMS];
        for (int sum = 0; sum < SUMS; sum++) {
            // The largest float at most: infinity is no JSON number.
            sketch[sum] = (float) Math.max(-Float.MAX_VALUE, Math.min(Float.MAX_VALUE, sums[sum]));
        }
        return new ValueFingerprint(checksum(tensor), Math.sqrt(squares), largest, nonFinite, List.of(sketch));
    }

    private static String checksum(StoredTensor tensor) {
        CRC32C crc = new CRC32C();
        crc.update(tensor.data());
        List<String> shape = tensor.shape().stream().map(String::valueOf).toList();
        return String.join("x", shape) + ":" + String.format(Locale.ROOT, "%08x", crc.getValue());
    }

    /** A sign for each sum, from the bits of a mixed position (splitmix64). */
    private static int signs(long position) {
        long bits = (position + 1) * 0x9E3779B97F4A7C15L;
        bits = (bits ^ bits >>> 30) * 0xBF58476D1CE4E5B9L;
        bits = (bits ^ bits >>> 27) * 0x94D049BB133111EBL;
        return (int) (bits ^ bits >>> 31);
    }

    /** Whether two tensors have the same shape and the same bits. */
    public boolean isSame(ValueFingerprint other) {
        return checksum.equals(other.checksum);
    }

    /**
     * How far this is from a reference: the estimated Euclidean distance over the reference's norm. 0 for the same bits; infinite for
     * another shape, or other elements that are not finite.
     */
    public double distance(ValueFingerprint reference) {
        if (isSame(reference)) {
            return 0;
        }
        if (!shape().equals(reference.shape()) || nonFinite != reference.nonFinite) {
            return Double.POSITIVE_INFINITY;
        }
        double squares = 0;
        for (int sum = 0; sum < SUMS; sum++) {
            double difference = (double) sketch.get(sum) - reference.sketch.get(sum);
            squares += difference * difference;
        }
        double distance = Math.sqrt(squares / SUMS);
        return distance == 0 ? 0 : distance / reference.norm;
    }

    private String shape() {
        return checksum.substring(0, Math.max(0, checksum.indexOf(':')));
    }
}
