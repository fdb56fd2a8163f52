package dev.reprise.ort.provider;

import java.util.Map;

/**
 * Options that make a provider capture what a session asks of the device, and only repeat it from then on. They are refused: a capture
 * fixes where inputs and outputs are, and stages get other tensors in every step, so that a repetition would silently give the results of
 * the step that was captured.
 */
final class GraphCapture {
    private GraphCapture() {}

    /** @throws IllegalArgumentException when the option is set */
    static void refuse(Map<String, String> options, String option) {
        String value = options.getOrDefault(option, "0");
        if (!value.equals("0") && !value.equalsIgnoreCase("false")) {
            throw new IllegalArgumentException("provider option " + option + "=" + value
                    + " captures a run for good, and stages get other tensors in every step; leave it out");
        }
    }
}
