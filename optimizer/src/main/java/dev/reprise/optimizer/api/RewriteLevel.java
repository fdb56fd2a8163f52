package dev.reprise.optimizer.api;

import java.util.Locale;

/** Which rewrites for speed a cut may make. */
public enum RewriteLevel {
    /** None: the cut model computes the original's bits where ONNX Runtime optimizes nothing. */
    NONE,
    /** Those that were measured faster and change the output by less than 1e-5 of its range, in float32. */
    SAFE,
    /** All that are right, measured or not, in every float type: for a device, where the table of measurements says nothing. */
    ALL;

    /** As users write it: {@code safe}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
