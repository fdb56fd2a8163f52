package dev.reprise.cli.verify;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.graph.recording.Recording;
import dev.reprise.verify.api.BudgetCheck;
import dev.reprise.verify.api.Cause;
import dev.reprise.verify.api.Mismatch;
import dev.reprise.verify.api.OutputErrors;
import dev.reprise.verify.api.RecordingResult;
import dev.reprise.verify.api.ReplayResult;
import dev.reprise.verify.text.Json;
import java.util.List;

/** A verification for programs: {@code docs/schema/verify.schema.json}. */
final class VerificationJson {
    private VerificationJson() {}

    /** One recording's fields stand in the document itself, several in {@code verifications}. */
    static ObjectNode of(List<RecordingResult> verifications) {
        ObjectNode json = Json.document();
        json.put("model", verifications.get(0).model().toString());
        if (verifications.size() == 1) {
            json.setAll(of(verifications.get(0)));
            return json;
        }
        ArrayNode array = json.putArray("verifications");
        verifications.forEach(verification -> array.add(of(verification)));
        return json;
    }

    private static ObjectNode of(RecordingResult verification) {
        ObjectNode json = Json.object();
        json.put("recording", verification.recording().toString());
        json.put("tolerance", verification.tolerance());
        json.set("attention_differences", Json.strings(verification.attentionDifferences()));
        json.set("cause", of(verification.cause()));
        ArrayNode policies = json.putArray("policies");
        verification.results().forEach(result -> policies.add(of(result, verification.tolerance())));
        return json;
    }

    private static ObjectNode of(Cause cause) {
        ObjectNode json = Json.object();
        json.put("kind", cause.kind().word());
        json.put("summary", cause.summary());
        json.set("nodes", Json.strings(cause.nodes()));
        json.set("weights", Json.strings(cause.weights()));
        cause.firstDrift().ifPresent(first -> {
            ObjectNode drift = json.putObject("first_drift");
            drift.put("step", first.step());
            drift.put("module", first.module());
            drift.put("tensor", first.tensor());
            drift.set("distance", Json.number(first.distance()));
            drift.put("values_before_same", first.same());
            drift.put("values_before_alike", first.alike());
        });
        return json;
    }

    private static ObjectNode of(ReplayResult result, double tolerance) {
        ObjectNode json = Json.object();
        json.put("name", result.name());
        json.set("configuration", result.replayed().configuration());
        json.put("status", result.status());
        json.put("verdict", result.verdict().word());
        OutputErrors errors = result.errors();
        if (errors == null) {
            return json.put("reason", result.reason());
        }
        json.set("relative_error", Json.number(errors.worst()));
        json.put("worst_step", errors.worstStep());
        errors.firstAbove(tolerance).ifPresent(step -> json.put("first_step_above_tolerance", step));
        ArrayNode steps = json.putArray("step_errors");
        errors.steps().forEach(error -> steps.add(Json.number(error)));
        json.set("psnr_db", Json.number(errors.psnr()));
        OutputErrors quality = result.quality();
        if (quality != null && !result.name().equals(Recording.UNCACHED)) {
            ObjectNode uncached = json.putObject("against_uncached");
            uncached.set("relative_error", Json.number(quality.worst()));
            uncached.set("psnr_db", Json.number(quality.psnr()));
        }
        ArrayNode budget = json.putArray("budget");
        for (BudgetCheck check : result.budget()) {
            budget.addObject()
                    .put("limit", check.limit())
                    .put("outcome", check.outcome().word())
                    .put("text", check.text());
        }
        json.put("mismatched_decisions", result.mismatches().size());
        json.set("mismatches", Json.strings(Mismatch.lines(result.mismatches())));
        json.set("not_judged", Json.strings(result.unjudged()));
        json.put("computed_share", result.computedShare());
        json.put("vacuous", result.vacuous());
        return json;
    }
}
