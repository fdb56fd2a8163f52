package dev.reprise.verify.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.verify.api.GateReport;
import dev.reprise.verify.api.GateReport.Entry;
import dev.reprise.verify.text.Json;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.LinkedHashMap;
import java.util.Map;

/** A verification in SARIF 2.1.0, which code scanning reads: a result for each replay that did not pass. */
public final class SarifReport {
    private static final String SCHEMA =
            "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

    private static final Map<String, String> RULES = new LinkedHashMap<>();

    static {
        RULES.put("drift", "Outputs or decisions are not the recorded ones");
        RULES.put("broken", "A replay broke off, or its outputs are not finite");
        RULES.put("budget", "A policy costs more quality, or saves less, than its budget allows");
        RULES.put("vacuous", "A policy reused nothing, so that it tests nothing");
        RULES.put("unsupported", "This version or model cannot run a recorded policy");
    }

    private SarifReport() {}

    /** @param version of this program */
    public static String write(GateReport report, String version) {
        ObjectNode json = Json.object();
        json.put("$schema", SCHEMA);
        json.put("version", "2.1.0");
        ObjectNode run = json.putArray("runs").addObject();
        ObjectNode driver = run.putObject("tool").putObject("driver");
        driver.put("name", "reprise verify");
        driver.put("version", version);
        ArrayNode rules = driver.putArray("rules");
        RULES.forEach((id, text) -> {
            ObjectNode rule = rules.addObject();
            rule.put("id", id);
            rule.putObject("shortDescription").put("text", text + ".");
        });
        ObjectNode invocation = run.putArray("invocations").addObject();
        invocation.put("executionSuccessful", true);
        ArrayNode results = run.putArray("results");
        report.entries().stream()
                .filter(entry -> !entry.rule().isEmpty())
                .forEach(entry -> results.add(result(report, entry)));
        return Json.pretty(json) + "\n";
    }

    private static ObjectNode result(GateReport report, Entry entry) {
        ObjectNode result = Json.object();
        result.put("ruleId", entry.rule());
        result.put("level", entry.fails() ? "error" : "note");
        String more = entry.lines().size() < 2
                ? ""
                : "\n"
                        + String.join(
                                "\n", entry.lines().subList(1, entry.lines().size()));
        result.putObject("message").put("text", entry.headline() + more);
        ObjectNode location = result.putArray("locations").addObject();
        location.putObject("physicalLocation").putObject("artifactLocation").put("uri", uri(report.model()));
        entry.module().ifPresent(module -> {
            ObjectNode logical = location.putArray("logicalLocations").addObject();
            logical.put("fullyQualifiedName", module);
            logical.put("kind", "module");
        });
        // The same replay in the next run is the same finding.
        result.putObject("partialFingerprints").put("replay/v1", entry.recording() + "/" + entry.policy());
        return result;
    }

    /** A path as a URI reference: relative where it was. */
    static String uri(String path) {
        String slashes = path.replace('\\', '/');
        try {
            // A drive's letter would read as a scheme.
            boolean drive = slashes.matches("[A-Za-z]:.*");
            return slashes.startsWith("/") || drive
                    ? new URI("file", "", (drive ? "/" : "") + slashes, null).toString()
                    : new URI(null, null, slashes.contains(":") ? "./" + slashes : slashes, null).toString();
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(path + " cannot be written as a URI", e);
        }
    }
}
