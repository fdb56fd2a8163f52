package dev.reprise.cli.verify;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cli.text.Json;

/** A verification for programs: {@code docs/schema/verify.schema.json}. */
final class VerificationJson {
    private VerificationJson() {}

    static ObjectNode of(Verification verification) {
        ObjectNode json = Json.document();
        json.put("model", verification.model().toString());
        json.put("recording", verification.recording().toString());
        json.put("tolerance", verification.tolerance());
        json.set("attention_differences", Json.strings(verification.attentionDifferences()));
        ArrayNode policies = json.putArray("policies");
        verification.results().forEach(result -> policies.add(of(result)));
        return json;
    }

    private static ObjectNode of(ReplayResult result) {
        ObjectNode json = Json.object();
        json.put("name", result.name());
        json.set("configuration", result.replayed().configuration());
        json.put("status", result.status().word());
        if (!result.ran()) {
            return json.put("reason", result.reason());
        }
        json.set("relative_error", Json.number(result.relativeError()));
        json.put("worst_step", result.worstStep());
        json.put("mismatched_decisions", result.mismatches().size());
        json.set("mismatches", Json.strings(result.mismatches()));
        json.set("not_judged", Json.strings(result.unjudged()));
        json.put("computed_share", result.computedShare());
        json.put("vacuous", result.vacuous());
        return json;
    }
}
