package dev.reprise.graph.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.reprise.graph.HeapTooSmallException;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.files.WholeFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** JSON documents that may come from anywhere: bounded in size and depth, errors with line and column. */
public final class JsonFile {
    private static final long LARGEST = 64L << 20;
    private static final int DEEPEST = 64;

    private static final ObjectMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxDocumentLength(LARGEST)
                            .maxNestingDepth(DEEPEST)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .defaultPrettyPrinter(new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n")))
            .build();

    private JsonFile() {}

    /** The mapper behind it, for trees and records that are no files. Do not configure it. */
    public static ObjectMapper mapper() {
        return MAPPER;
    }

    /**
     * The document in a file.
     *
     * @throws InvalidModelException when the file is missing, too large or not JSON, with line and column
     */
    public static JsonNode read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new InvalidModelException(file + ": no such file");
        }
        try {
            if (Files.size(file) > LARGEST) {
                throw new InvalidModelException(
                        file + ": expected at most " + LARGEST + " bytes of JSON, found " + Files.size(file));
            }
            return parse(file, Files.readAllBytes(file));
        } catch (IOException e) {
            throw new InvalidModelException(file + ": cannot be read: " + e, e);
        }
    }

    /**
     * A document that stands inside of a file.
     *
     * @throws InvalidModelException when it is not JSON, with the line and column in it
     */
    public static JsonNode parse(Path file, byte[] content) {
        try {
            JsonNode tree = MAPPER.readTree(content);
            if (tree.isMissingNode()) {
                throw new InvalidModelException(file + ": expected JSON, found nothing");
            }
            return tree;
        } catch (JsonProcessingException e) {
            JsonLocation at = e.getLocation();
            String place = at == null ? "" : ":" + at.getLineNr() + ":" + at.getColumnNr();
            throw new InvalidModelException(file + place + ": not valid JSON: " + oneLine(e.getOriginalMessage()), e);
        } catch (IOException e) {
            throw new InvalidModelException(file + ": cannot be read: " + e, e);
        } catch (OutOfMemoryError e) {
            // Two bytes of brackets are fifty as a tree: the limit on the document does not bound that.
            throw new HeapTooSmallException(file + ": the JSON needs more heap than Java has (-Xmx)", e);
        }
    }

    /**
     * The record that a document describes: every component present, nothing unknown, null only where the record allows it.
     *
     * @throws InvalidModelException naming the place in the document, what was expected there and what was found
     */
    public static <R extends Record> R record(JsonNode document, Class<R> type) {
        return JsonRecords.read(document, type);
    }

    /** Writes a tree or a record, pretty printed; the file is there as a whole or not at all. */
    public static void write(Path file, Object document) throws IOException {
        WholeFile.write(
                file,
                (MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(document) + "\n")
                        .getBytes(StandardCharsets.UTF_8));
    }

    /** One line, without what Jackson says about its own classes. */
    private static String oneLine(String message) {
        return message.replaceAll("\\s+", " ").replaceAll(", from `[^`]*`| \\(bound as .*", "");
    }
}
