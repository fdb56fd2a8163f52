package dev.reprise.graph.bundle;

import java.util.List;

/**
 * Which segments have a model in int8 too, and what that does to the outputs. Errors are measured on the whole model: the largest
 * difference from an output in float32, relative to its largest value, over all outputs and steps.
 *
 * @param maxError what was allowed
 * @param error measured with all of these segments quantized
 * @param inputs what it was measured with: {@code generated inputs}, or the name of a recording
 * @param steps how many denoising steps of them
 * @param candidates how many segments could have been quantized
 * @param segments those that were, in the order of the segments; empty where none stays within what was allowed
 */
public record Quantization(
        double maxError, double error, String inputs, int steps, int candidates, List<QuantizedSegment> segments) {
    /** Among the rewrites that a recording remembers. */
    public static final String REWRITE = "quantize_int8";

    public Quantization {
        segments = List.copyOf(segments);
    }

    /** Layers that multiply in int8. */
    public int products() {
        return segments.stream().mapToInt(QuantizedSegment::products).sum();
    }

    /** Their multiply-adds. */
    public long multiplyAdds() {
        return segments.stream().mapToLong(QuantizedSegment::multiplyAdds).sum();
    }
}
