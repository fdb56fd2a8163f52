package dev.reprise.cli.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cli.bench.BenchResult.Kind;
import dev.reprise.cli.bench.BenchResult.Row;
import dev.reprise.cli.measure.Participant.Crossing;
import dev.reprise.verify.run.PairedSpeedup;
import dev.reprise.verify.text.Json;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/** What was measured, for programs: {@code docs/schema/bench.schema.json}. */
final class BenchJson {
    private BenchJson() {}

    static ObjectNode of(BenchResult result, List<Comparison> compared) {
        ObjectNode json = Json.document();
        json.put("model", result.model());
        json.put("model_hash", result.modelHash());
        json.put("machine", result.machine());
        json.put("runs_on", result.runsOn());
        json.put("steps", result.steps());
        json.put("rounds", result.rounds());
        json.set(
                "arena_bytes",
                result.arenaBytes().isPresent()
                        ? json.numberNode(result.arenaBytes().getAsLong())
                        : json.nullNode());
        json.set(
                "repeated_prompt",
                result.repeatedPrompt().<JsonNode>map(BenchJson::repeated).orElse(json.nullNode()));
        ArrayNode rows = json.putArray("results");
        result.rows().forEach(row -> rows.add(row(row)));
        if (!compared.isEmpty()) {
            ArrayNode baseline = json.putArray("baseline");
            for (Comparison each : compared) {
                ObjectNode row = baseline.addObject();
                row.put("name", each.name());
                row.set("baseline_speedup", each.before().json());
                row.set("speedup", each.now().json());
                row.set("ratio", each.ratio().json());
                row.put("outcome", each.outcome().name().toLowerCase(Locale.ROOT));
            }
        }
        return json;
    }

    private static ObjectNode repeated(RepeatedPrompt prompt) {
        ObjectNode json = Json.object();
        json.set("first_step_ms", Json.millis(prompt.firstNanos()));
        json.set("repeated_first_step_ms", Json.millis(prompt.repeatedNanos()));
        json.set("ratio", prompt.ratio().json());
        json.put("saved_share", prompt.savedShare());
        json.put("segments", prompt.segments());
        json.put("shared_cache_bytes", prompt.bytes());
        return json;
    }

    /** Of a step. */
    private static ObjectNode crossing(Crossing crossing) {
        return Json.object()
                .put("tensors", crossing.tensors())
                .put("bytes", crossing.bytes())
                .put("waits", crossing.waits());
    }

    private static ObjectNode row(Row row) {
        ObjectNode json = Json.object();
        json.put("name", row.name());
        json.set(
                "configuration",
                row.choice() == null ? json.nullNode() : row.choice().json());
        json.set("mean_step_ms", Json.millis(row.meanNanos()));
        ArrayNode rounds = json.putArray("round_step_ms");
        row.roundNanos().forEach(nanos -> rounds.add(nanos / 1e6));
        json.set("speedup", row.speedup().<JsonNode>map(PairedSpeedup::json).orElse(json.nullNode()));
        json.set("ratio_to_original", Json.number(row.ratioToOriginal().orElse(Double.NaN)));
        json.put("computed_share", row.computedShare());
        json.set("predicted_step_ms", Json.millis(row.predictedNanos().orElse(Double.NaN)));
        json.put("cache_bytes", row.cacheBytes());
        json.put("device_cache_bytes", row.deviceCacheBytes());
        json.set(
                "host_transfers",
                row.crossing().<JsonNode>map(BenchJson::crossing).orElse(json.nullNode()));
        OptionalLong peak = row.peakBytes();
        json.set("peak_memory_bytes", peak.isPresent() ? json.numberNode(peak.getAsLong()) : json.nullNode());
        ArrayNode kinds = json.putArray("step_kinds");
        for (Kind kind : row.kinds()) {
            kinds.addObject()
                    .put("computed_share", kind.measured().computedShare())
                    .put("steps", kind.measured().steps())
                    .put("step_ms", kind.measured().nanos() / 1e6)
                    .put("predicted_step_ms", kind.predictedNanos() / 1e6);
        }
        return json;
    }
}
