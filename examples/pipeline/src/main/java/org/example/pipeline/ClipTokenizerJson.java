package org.example.pipeline;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * {@code tokenizer.json} of a CLIP tokenizer that was written in parts, as transformers did before version 5: {@code vocab.json} and
 * {@code merges.txt}. How CLIP splits text is part of its architecture and stands in no file.
 */
final class ClipTokenizerJson {
    private static final String BEGIN = "<|startoftext|>";
    private static final String END = "<|endoftext|>";
    /** A mark, an English ending, letters, one digit, or what is none of these. */
    private static final String PIECES =
            "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";

    private ClipTokenizerJson() {}

    static ObjectNode of(Path folder) {
        ConfigFile vocabulary = ConfigFile.read(folder.resolve("vocab.json"));
        int begin = vocabulary.count(BEGIN, -1);
        int end = vocabulary.count(END, -1);
        ObjectNode json = ConfigFile.parse("tokenizer.json", "{}").json();
        json.put("version", "1.0");
        ArrayNode added = json.putArray("added_tokens");
        addMark(added, begin, BEGIN);
        addMark(added, end, END);
        ArrayNode normalizers =
                json.putObject("normalizer").put("type", "Sequence").putArray("normalizers");
        normalizers.addObject().put("type", "NFC");
        normalizers
                .addObject()
                .put("type", "Replace")
                .put("content", " ")
                .putObject("pattern")
                .put("Regex", "\\s+");
        normalizers.addObject().put("type", "Lowercase");
        ArrayNode splits =
                json.putObject("pre_tokenizer").put("type", "Sequence").putArray("pretokenizers");
        splits.addObject()
                .put("type", "Split")
                .put("behavior", "Removed")
                .put("invert", true)
                .putObject("pattern")
                .put("Regex", PIECES);
        splits.addObject()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", true);
        ObjectNode marks = json.putObject("post_processor").put("type", "RobertaProcessing");
        marks.putArray("sep").add(END).add(end);
        marks.putArray("cls").add(BEGIN).add(begin);
        marks.put("trim_offsets", false).put("add_prefix_space", false);
        ObjectNode model = json.putObject("model")
                .put("type", "BPE")
                .put("unk_token", END)
                .put("continuing_subword_prefix", "")
                .put("end_of_word_suffix", "</w>")
                .put("fuse_unk", false);
        model.set("vocab", vocabulary.json());
        addMerges(model.putArray("merges"), folder.resolve("merges.txt"));
        return json;
    }

    private static void addMark(ArrayNode tokens, int id, String content) {
        tokens.addObject()
                .put("id", id)
                .put("content", content)
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", false)
                .put("special", true);
    }

    private static void addMerges(ArrayNode merges, Path file) {
        try {
            Files.readAllLines(file).stream()
                    .filter(line -> !line.startsWith("#version") && !line.isBlank())
                    .forEach(merges::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
