package dev.reprise.verify.report;

import dev.reprise.verify.run.PairedSpeedup;
import dev.reprise.verify.text.Units;
import java.util.Locale;

/** Figures as the templates write them: a figure and its unit stay on one line. */
public final class Figures {
    private static final char NO_BREAK_SPACE = '\u00a0';

    private Figures() {}

    public static String percent(double share) {
        return unbroken(Units.percent(share));
    }

    public static String times(double ratio) {
        return unbroken(Units.times(ratio));
    }

    /** {@code 1.48–1.55}. */
    public static String range(PairedSpeedup speedup) {
        return String.format(Locale.ROOT, "%.2f–%.2f", speedup.low(), speedup.high());
    }

    public static String decibel(double value) {
        return unbroken(Units.decibel(value));
    }

    public static String bytes(long bytes) {
        return bytes == 0 ? "–" : unbroken(Units.bytes(bytes));
    }

    /** With two decimals, whatever the locale says: milliseconds, and coordinates of a drawing. */
    public static String decimal(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    private static String unbroken(String figure) {
        return figure.replace(' ', NO_BREAK_SPACE);
    }
}
