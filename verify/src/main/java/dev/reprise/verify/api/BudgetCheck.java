package dev.reprise.verify.api;

import java.util.Locale;

/**
 * One limit of a budget against what was found.
 *
 * @param limit its name
 * @param outcome whether it is kept
 * @param text figure and limit, in words
 */
public record BudgetCheck(String limit, Outcome outcome, String text) {
    public enum Outcome {
        KEPT,
        EXCEEDED,
        /** The machine is too noisy to tell: neither passed nor failed. */
        UNDECIDED;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public static BudgetCheck of(String limit, boolean kept, String text) {
        return new BudgetCheck(limit, kept ? Outcome.KEPT : Outcome.EXCEEDED, text);
    }

    public boolean isExceeded() {
        return outcome == Outcome.EXCEEDED;
    }
}
