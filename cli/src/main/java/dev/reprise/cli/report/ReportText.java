package dev.reprise.cli.report;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a report says about itself.
 *
 * @param title its heading
 * @param introduction what was run
 * @param notice what the reader should know first; empty for nothing
 * @param model the ONNX file that was run
 * @param policyFile where the configuration of the recommended setting lies
 * @param facts what was run: name and value, in order
 */
public record ReportText(
        String title, String introduction, String notice, String model, String policyFile, Map<String, String> facts) {
    public ReportText {
        facts = Collections.unmodifiableMap(new LinkedHashMap<>(facts));
    }
}
