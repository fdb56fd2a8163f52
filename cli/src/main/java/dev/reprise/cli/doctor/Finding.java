package dev.reprise.cli.doctor;

import java.util.Locale;

/**
 * Something to know about this machine.
 *
 * @param severity how bad it is
 * @param area what it is about: {@code native_layer}
 * @param message what was found, one line
 * @param advice what helps, one line
 */
record Finding(Severity severity, String area, String message, String advice) {
    enum Severity {
        /** What was asked for does not work. */
        ERROR,
        /** It works, but slower or with less than it could. */
        WARNING;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static Finding error(String area, String message, String advice) {
        return new Finding(Severity.ERROR, area, message, advice);
    }

    static Finding warning(String area, String message, String advice) {
        return new Finding(Severity.WARNING, area, message, advice);
    }
}
