package org.example.pipeline;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/** A prompt as token ids of a fixed number, cut off or padded as the text encoder was trained with. */
final class PromptTokenizer implements AutoCloseable {
    static {
        // The native library is in the jar. Nothing is looked up or reported over the network.
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
        System.setProperty("RUST_FLAVOR", "cpu");
    }

    private final HuggingFaceTokenizer tokenizer;
    private final int length;
    private final long padding;

    private PromptTokenizer(HuggingFaceTokenizer tokenizer, int length, long padding) {
        this.tokenizer = tokenizer;
        this.length = length;
        this.padding = padding;
    }

    /**
     * Token ids.
     *
     * @param ids as many as the text encoder takes
     * @param dropped tokens of the prompt that had no room
     */
    @SuppressWarnings("ArrayRecordComponent") // nothing compares them
    record Tokens(long[] ids, int dropped) {}

    /**
     * Reads a tokenizer's folder.
     *
     * @param length ids of every prompt
     */
    static PromptTokenizer open(Path folder, int length) {
        Path file = folder.resolve("tokenizer.json");
        ObjectNode json = Files.isRegularFile(file) ? ConfigFile.read(file).json() : ClipTokenizerJson.of(folder);
        // Both are done here, to the length that is wanted.
        json.remove("truncation");
        json.remove("padding");
        long padding = id(folder, json, paddingToken(folder));
        byte[] bytes = json.toString().getBytes(StandardCharsets.UTF_8);
        try {
            return new PromptTokenizer(
                    HuggingFaceTokenizer.newInstance(
                            new ByteArrayInputStream(bytes), Map.of("truncation", "false", "padding", "false")),
                    length,
                    padding);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            throw new UnusableExportException(folder + ": must be a tokenizer: " + e.getMessage(), e);
        }
    }

    private static String paddingToken(Path folder) {
        for (String name : new String[] {"tokenizer_config.json", "special_tokens_map.json"}) {
            Path file = folder.resolve(name);
            if (Files.isRegularFile(file)) {
                JsonNode token = ConfigFile.read(file).json().path("pad_token");
                String text = token.path("content").asText(token.asText());
                if (!text.isEmpty()) {
                    return text;
                }
            }
        }
        throw new UnusableExportException(
                folder + ": tokenizer_config.json or special_tokens_map.json must have pad_token, neither has");
    }

    private static long id(Path folder, ObjectNode json, String token) {
        for (JsonNode added : json.path("added_tokens")) {
            if (added.path("content").asText().equals(token)) {
                return added.path("id").asLong();
            }
        }
        JsonNode vocabulary = json.path("model").path("vocab");
        if (vocabulary.has(token)) {
            return vocabulary.get(token).asLong();
        }
        for (int i = 0; vocabulary.isArray() && i < vocabulary.size(); i++) {
            if (vocabulary.get(i).path(0).asText().equals(token)) {
                return i;
            }
        }
        throw new UnusableExportException(
                folder + ": the vocabulary must have the pad_token '" + token + "', it has not");
    }

    Tokens tokens(String prompt) {
        long[] all = tokenizer.encode(prompt).getIds();
        long[] ids = Arrays.copyOf(all, length);
        if (all.length > length) {
            // The last one is the mark of the end.
            ids[length - 1] = all[all.length - 1];
        } else {
            Arrays.fill(ids, all.length, length, padding);
        }
        return new Tokens(ids, Math.max(0, all.length - length));
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
