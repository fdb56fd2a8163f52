package dev.reprise.graph.json;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import dev.reprise.graph.HeapTooSmallException;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.files.WholeFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * JSON documents that may come from anywhere: bounded in size and depth, no field twice, errors with line and column. Records are
 * bound strictly, see {@link RecordRules}; their components are written in snake_case.
 */
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
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .withCoercionConfig(LogicalType.Textual, coercion -> {
                coercion.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail);
                coercion.setCoercion(CoercionInputShape.Float, CoercionAction.Fail);
                coercion.setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail);
            })
            .annotationIntrospector(new RecordRules())
            .defaultSetterInfo(JsonSetter.Value.construct(Nulls.FAIL, Nulls.FAIL))
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .defaultPrettyPrinter(new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n")))
            .build();

    private JsonFile() {}

    /** The mapper behind it, for trees and records that are no files. Do not configure it. */
    public static ObjectMapper mapper() {
        return MAPPER;
    }

    /**
     * The content of a file, not yet parsed.
     *
     * @throws InvalidModelException when the file is missing or too large
     */
    public static byte[] content(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new InvalidModelException(file + ": no such file");
        }
        try {
            if (Files.size(file) > LARGEST) {
                throw new InvalidModelException(
                        file + ": expected at most " + LARGEST + " bytes of JSON, found " + Files.size(file));
            }
            return Files.readAllBytes(file);
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
            throw new InvalidModelException(
                    file + place(e) + ": not valid JSON: " + JsonProblem.oneLine(e.getOriginalMessage()), e);
        } catch (IOException e) {
            throw new InvalidModelException(file + ": cannot be read: " + e, e);
        } catch (OutOfMemoryError e) {
            // Two bytes of brackets are fifty as a tree: the limit on the document does not bound that.
            throw new HeapTooSmallException(file + ": the JSON needs more heap than Java has (-Xmx)", e);
        }
    }

    /**
     * The record that a document in a file describes.
     *
     * @throws InvalidModelException naming line, column and field, what was expected there and what was found
     */
    public static <R extends Record> R record(Path file, byte[] content, Class<R> type) {
        try {
            return MAPPER.readValue(content, type);
        } catch (JsonProcessingException e) {
            throw new InvalidModelException(file + place(e) + ": " + JsonProblem.describe(e), e);
        } catch (IOException e) {
            throw new InvalidModelException(file + ": cannot be read: " + e, e);
        } catch (OutOfMemoryError e) {
            throw new HeapTooSmallException(file + ": the JSON needs more heap than Java has (-Xmx)", e);
        }
    }

    /**
     * The record that a tree describes.
     *
     * @throws InvalidModelException naming the field, what was expected there and what was found
     */
    public static <R extends Record> R record(JsonNode document, Class<R> type) {
        try {
            return MAPPER.treeToValue(document, type);
        } catch (JsonProcessingException e) {
            throw new InvalidModelException(JsonProblem.describe(e), e);
        }
    }

    /** Writes a tree or a record, pretty printed; the file is there as a whole or not at all. */
    public static void write(Path file, Object document) throws IOException {
        WholeFile.write(file, bytes(document));
    }

    /** A tree or a record as it stands in a file, pretty printed. */
    public static byte[] bytes(Object document) throws IOException {
        return (MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(document) + "\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static String place(JsonProcessingException problem) {
        JsonLocation at = problem.getLocation();
        return at == null || at.getLineNr() < 1 ? "" : ":" + at.getLineNr() + ":" + at.getColumnNr();
    }
}
