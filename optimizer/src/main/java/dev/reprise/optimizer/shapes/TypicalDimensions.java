package dev.reprise.optimizer.shapes;

import java.util.Locale;

/** Values for dynamic dimensions that the user did not set: one sample, and a small picture or sequence. They only scale sizes and shares. */
public final class TypicalDimensions {
    private static final long SAMPLES = 1;
    private static final long EXTENT = 16;

    private TypicalDimensions() {}

    public static long of(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.contains("batch") || lower.equals("b") || lower.equals("n") || lower.matches("s\\d+|dim_?0.*")
                ? SAMPLES
                : EXTENT;
    }
}
