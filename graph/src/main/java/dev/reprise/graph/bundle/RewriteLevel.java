package dev.reprise.graph.bundle;

import java.util.Locale;

/** Whether segments run as they were rewritten for speed. */
public enum RewriteLevel {
    /** As the exporter wrote them: without ONNX Runtime's optimizations a cut model computes the original's bits. */
    NONE,
    /** Rewritten, on the CPU provider, where rewrites were measured: outputs differ by less than 1e-5 of their range, in float32. */
    SAFE,
    /** Rewritten, on every provider; on the CPU provider also quantized, where the bundle has quantized segments. */
    ALL;

    /**
     * The level that users write as {@code safe}.
     *
     * @throws IllegalArgumentException when there is no such level
     */
    public static RewriteLevel parse(String label) {
        for (RewriteLevel level : values()) {
            if (level.label().equals(label)) {
                return level;
            }
        }
        throw new IllegalArgumentException("rewrites must be none, safe or all, was '" + label + "'");
    }

    /** As users write it: {@code safe}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
