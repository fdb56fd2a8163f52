package dev.reprise.verify.api;

import java.util.Locale;

/** What a replay shows, from best to worst. */
public enum Verdict {
    /** Every recorded output has the same bits, and every decision is the recorded one. */
    SAME_BITS,
    /** Outputs are within the tolerance, decisions are the recorded ones. */
    WITHIN,
    /** An output left the tolerance, or a decision is another one. */
    DRIFT,
    /** It broke off, or an output is not finite that was. */
    BROKEN,
    /** This build or model cannot run it: nothing was shown. */
    UNSUPPORTED;

    /** {@code SAME-BITS}. */
    public String title() {
        return name().replace('_', '-');
    }

    /** {@code same_bits}, in JSON. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public boolean passes() {
        return this == SAME_BITS || this == WITHIN;
    }

    public boolean isRegression() {
        return this == DRIFT || this == BROKEN;
    }
}
