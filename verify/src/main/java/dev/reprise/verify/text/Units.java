package dev.reprise.verify.text;

import java.util.Locale;

/** Figures as people read them. */
public final class Units {
    private Units() {}

    /** {@code 1.5 MB}; powers of 1000. */
    public static String bytes(long bytes) {
        return scaled(bytes, new String[] {"B", "kB", "MB", "GB", "TB"});
    }

    /** {@code 12.3 M}. */
    public static String count(long count) {
        return scaled(count, new String[] {"", "k", "M", "G", "T"}).strip();
    }

    /** {@code 1 step}, {@code 3 steps}. */
    public static String count(long count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }

    private static String scaled(long value, String[] units) {
        double rest = value;
        int unit = 0;
        while (Math.abs(rest) >= 999.5 && unit < units.length - 1) {
            rest /= 1000;
            unit++;
        }
        String number = unit == 0 ? Long.toString(value) : significant(rest, 3);
        return number + " " + units[unit];
    }

    private static String significant(double value, int digits) {
        int before = value == 0 ? 1 : (int) Math.floor(Math.log10(Math.abs(value))) + 1;
        return String.format(Locale.ROOT, "%." + Math.max(0, digits - before) + "f", value);
    }

    /** {@code 45.3 %}. */
    public static String percent(double share) {
        return Double.isFinite(share) ? String.format(Locale.ROOT, "%.1f %%", 100 * share) : "–";
    }

    /** A mean of counts: {@code 2.5}. */
    public static String mean(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    /** {@code 1.53×}. */
    public static String times(double ratio) {
        return Double.isFinite(ratio) ? String.format(Locale.ROOT, "%.2f×", ratio) : "–";
    }

    /** {@code 12.3 ms} from nanoseconds. */
    public static String millis(double nanos) {
        double millis = nanos / 1e6;
        return Double.isFinite(millis)
                ? String.format(Locale.ROOT, millis < 10 ? "%.2f ms" : millis < 1000 ? "%.1f ms" : "%.0f ms", millis)
                : "–";
    }

    /** {@code 3.42e-06}, 0 as 0. */
    public static String error(double value) {
        return value == 0 ? "0" : String.format(Locale.ROOT, "%.2e", value);
    }

    /** {@code 38.9 dB}, ∞ for no difference. */
    public static String decibel(double value) {
        return value == Double.POSITIVE_INFINITY ? "∞" : String.format(Locale.ROOT, "%.1f dB", value);
    }
}
