package dev.reprise.cli.tune;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cli.command.CommandException;
import dev.reprise.cli.model.NewFolder;
import dev.reprise.verify.text.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a search that was stopped knows, beside its output, so that the same command goes on from there.
 *
 * @param file where it is kept
 * @param key model, sampler, inputs and samples: scores of others say nothing
 * @param scores of candidates
 */
record SearchState(Path file, String key, Map<String, Double> scores) {
    SearchState {
        scores = new LinkedHashMap<>(scores);
    }

    @Override
    public Map<String, Double> scores() {
        return new LinkedHashMap<>(scores);
    }

    static SearchState of(Path output, String key) {
        Path file = output.resolveSibling(output.getFileName() + ".search");
        Map<String, Double> scores = new LinkedHashMap<>();
        if (Files.isRegularFile(file)) {
            try {
                JsonNode json = Json.parse(Files.readString(file));
                if (key.equals(json.path("key").asText())) {
                    json.path("scores")
                            .properties()
                            .forEach(score -> scores.put(
                                    score.getKey(),
                                    score.getValue().isNumber()
                                            ? score.getValue().doubleValue()
                                            : Double.NEGATIVE_INFINITY));
                }
            } catch (JsonProcessingException e) {
                throw CommandException.invalid(
                        file + " is no state of a search: " + e.getOriginalMessage() + "; remove it to begin anew");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return new SearchState(file, key, scores);
    }

    /** One more score. Every tenth is written, so that a process that is killed loses little. */
    void add(String candidate, double score) {
        scores.put(candidate, score);
        if (scores.size() % 10 == 0) {
            write(scores);
        }
    }

    void write(Map<String, Double> known) {
        ObjectNode json = Json.object();
        json.put("key", key);
        ObjectNode all = json.putObject("scores");
        known.forEach((candidate, score) -> {
            if (Double.isFinite(score)) {
                all.put(candidate, score);
            } else {
                all.putNull(candidate);
            }
        });
        NewFolder.write(file, Json.pretty(json) + "\n");
    }

    void delete() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
