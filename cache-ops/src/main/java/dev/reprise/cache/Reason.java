package dev.reprise.cache;

import java.util.Locale;

/**
 * Why a decision was taken. Part of the trace; {@link #toString} is what people read.
 *
 * @param code one of the constants' names
 * @param detail figures behind it, may be empty: {@code 0.061<0.08}
 */
public record Reason(String code, String detail) {
    public static final Reason NO_CACHE = new Reason("NO_CACHE", "");
    public static final Reason FIRST_STEP = new Reason("FIRST_STEP", "");
    public static final Reason LAST_STEP = new Reason("LAST_STEP", "");
    public static final Reason WARMUP = new Reason("WARMUP", "");
    public static final Reason COOLDOWN = new Reason("COOLDOWN", "");
    public static final Reason INTERVAL = new Reason("INTERVAL", "");
    public static final Reason OUT_OF_RANGE = new Reason("OUT_OF_RANGE", "");
    public static final Reason FULL_BATCH = new Reason("FULL_BATCH", "");
    public static final Reason MAX_CONTINUOUS = new Reason("MAX_CONTINUOUS", "");
    public static final Reason MAX_CACHED = new Reason("MAX_CACHED", "");
    public static final Reason MASK = new Reason("MASK", "");
    public static final Reason BUDGET = new Reason("BUDGET", "");
    public static final Reason SHAPE_CHANGED = new Reason("SHAPE_CHANGED", "");
    public static final Reason NON_FINITE = new Reason("NON_FINITE", "");
    public static final Reason REFRESH = new Reason("REFRESH", "");
    public static final Reason CALIBRATION = new Reason("CALIBRATION", "");

    /** A module whose output nobody needs while another is predicted: it returns zeros. */
    public static final Reason INACTIVE = new Reason("INACTIVE", "");

    /** A measured difference against its threshold: {@code DIFF=0.061<0.08}. */
    public static Reason difference(double measured, double threshold) {
        return compared("DIFF", measured, threshold);
    }

    /** An accumulated figure against its threshold: {@code ACCUMULATED=0.061<0.08}. */
    public static Reason accumulated(double measured, double threshold) {
        return compared("ACCUMULATED", measured, threshold);
    }

    private static Reason compared(String code, double measured, double threshold) {
        String sign = measured < threshold ? "<" : measured > threshold ? ">" : "=";
        return new Reason(code, String.format(Locale.ROOT, "%.4g%s%.4g", measured, sign, threshold));
    }

    @Override
    public String toString() {
        return detail.isEmpty() ? code : code + "=" + detail;
    }
}
