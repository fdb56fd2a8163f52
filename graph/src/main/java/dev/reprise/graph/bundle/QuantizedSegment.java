package dev.reprise.graph.bundle;

/**
 * A further model of a segment, whose layers multiply in int8.
 *
 * @param segment file of the segment's own model
 * @param file file of the quantized one
 * @param weights file of its quantized weights, relative to the bundle
 * @param products how many layers were quantized
 * @param multiplyAdds theirs, for the typical shapes
 * @param error of the model's outputs with this segment alone quantized, measured at three steps
 */
public record QuantizedSegment(
        String segment, String file, String weights, int products, long multiplyAdds, double error) {
    public QuantizedSegment {
        if (products < 1 || multiplyAdds < 0) {
            throw new IllegalArgumentException(file + ": a quantized segment has at least 1 product and no negative"
                    + " multiply-adds, had " + products + " and " + multiplyAdds);
        }
    }
}
