package dev.reprise.cli.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cli.bench.BenchResult.Row;
import dev.reprise.cli.command.CommandException;
import dev.reprise.cli.command.FileOrJson;
import dev.reprise.verify.run.PairedSpeedup;
import dev.reprise.verify.text.Json;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An earlier run of {@code bench --format json}, to compare with.
 *
 * @param file where it is
 * @param document what it says
 */
record Baseline(String file, JsonNode document) {
    /** An interval of fewer rounds says nothing. */
    static final int FEWEST_ROUNDS = 5;

    /** @throws CommandException when it is no such document */
    static Baseline read(String file) {
        JsonNode document;
        try {
            document = Json.parse(FileOrJson.read(file, "--baseline"));
        } catch (JsonProcessingException e) {
            throw CommandException.invalid(file + ": not valid JSON: " + e.getOriginalMessage());
        }
        if (!document.path("results").isArray() || !document.path("machine").isTextual()) {
            throw CommandException.invalid(file + ": expected what 'bench --format json' printed");
        }
        return new Baseline(file, document);
    }

    /** @throws CommandException when its times belong to something else */
    void requireComparable(BenchResult now) {
        require("machine", "machine", now.machine());
        require("model", "model_hash", now.modelHash());
        require("provider and threads", "runs_on", now.runsOn());
        require("number of steps", "steps", Integer.toString(now.steps()));
    }

    private void require(String what, String field, String now) {
        String before = document.path(field).asText();
        if (!before.equals(now)) {
            throw CommandException.invalid(file + ": a baseline of another " + what + ": expected " + now + ", found "
                    + before + "; --any-baseline compares all the same");
        }
    }

    /**
     * Compares everything that both have, policies with the same parameters.
     *
     * @param least smallest share of the baseline's speed
     * @throws CommandException when there is nothing to compare
     */
    List<Comparison> compare(BenchResult now, double least) {
        List<Comparison> compared = new ArrayList<>();
        for (Row row : now.rows()) {
            JsonNode before = before(row);
            if (before != null && row.speedup().isPresent() && !row.name().equals(BenchResult.ORIGINAL)) {
                PairedSpeedup speedup = new PairedSpeedup(
                        before.path("median").asDouble(),
                        before.path("low").asDouble(),
                        before.path("high").asDouble());
                compared.add(Comparison.of(row.name(), speedup, row.speedup().get(), least));
            }
        }
        if (compared.isEmpty()) {
            throw CommandException.invalid(file
                    + ": nothing to compare: both runs need the original model, and a policy with the same parameters");
        }
        return compared;
    }

    /** The speedup of the same way to run in the baseline, null where there is none. */
    private @Nullable JsonNode before(Row row) {
        JsonNode configuration =
                row.choice() == null ? Json.of(null) : row.choice().json();
        for (JsonNode before : document.path("results")) {
            if (before.path("name").asText().equals(row.name())
                    && before.path("configuration").equals(configuration)
                    && before.path("speedup").isObject()) {
                return before.path("speedup");
            }
        }
        return null;
    }
}
