package dev.reprise.graph.bundle;

import java.util.Locale;

/** Whether segments run as they were rewritten for speed. */
public enum RewriteLevel {
    /** As the exporter wrote them: without ONNX Runtime's optimizations a cut model computes the original's bits. */
    NONE,
    /** Rewritten, on the CPU provider, where rewrites were measured: outputs differ by less than 1e-5 of their range, in float32. */
    SAFE,
    /** Rewritten, on every provider. */
    ALL;

    /** As users write it: {@code safe}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
