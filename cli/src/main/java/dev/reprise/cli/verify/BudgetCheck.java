package dev.reprise.cli.verify;

import java.util.Locale;

/**
 * One limit of a budget against what was found.
 *
 * @param limit its name
 * @param outcome whether it is kept
 * @param text figure and limit, in words
 */
record BudgetCheck(String limit, Outcome outcome, String text) {
    enum Outcome {
        KEPT,
        EXCEEDED,
        /** The machine is too noisy to tell: neither passed nor failed. */
        UNDECIDED;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static BudgetCheck of(String limit, boolean kept, String text) {
        return new BudgetCheck(limit, kept ? Outcome.KEPT : Outcome.EXCEEDED, text);
    }

    boolean isExceeded() {
        return outcome == Outcome.EXCEEDED;
    }
}
