package dev.reprise.verify.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.graph.json.JsonFile;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** JSON trees for the screen and for files. */
public final class Json {
    private static final ObjectMapper MAPPER = JsonFile.mapper();
    private static final ObjectWriter PRETTY = MAPPER.writer(new DefaultPrettyPrinter()
            .withObjectIndenter(new DefaultIndenter("  ", "\n"))
            .withArrayIndenter(new DefaultIndenter("  ", "\n")));

    /** Grows when a field changes its meaning or goes; further fields do not count. */
    private static final int SCHEMA_VERSION = 1;

    private Json() {}

    public static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /** The beginning of a document that a command prints or writes. {@code docs/schema} describes each command's. */
    public static ObjectNode document() {
        return object().put("schema_version", SCHEMA_VERSION);
    }

    public static ArrayNode array() {
        return JsonNodeFactory.instance.arrayNode();
    }

    /** An array of strings. */
    public static ArrayNode strings(Collection<String> values) {
        ArrayNode array = array();
        values.forEach(array::add);
        return array;
    }

    /** A number, null where JSON has none (infinite, NaN). */
    public static JsonNode number(double value) {
        return Double.isFinite(value) ? DoubleNode.valueOf(value) : NullNode.getInstance();
    }

    /** Nanoseconds as milliseconds, the unit of every field that ends in {@code _ms}. */
    public static JsonNode millis(double nanos) {
        return number(nanos / 1e6);
    }

    /** Plain Java values (numbers, strings, lists, maps, records, null) as JSON. */
    public static JsonNode of(@Nullable Object value) {
        return MAPPER.valueToTree(value);
    }

    public static String pretty(JsonNode json) {
        try {
            return PRETTY.writeValueAsString(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("a JSON tree always prints", e);
        }
    }

    /** Parses an object that stands in the code. */
    public static ObjectNode parseObject(String json) {
        try {
            return (ObjectNode) parse(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("expected a JSON object, was " + json, e);
        }
    }

    /**
     * Parses text.
     *
     * @throws JsonProcessingException when it is not JSON, names a field twice, or something follows the first value
     */
    public static JsonNode parse(String text) throws JsonProcessingException {
        return MAPPER.readTree(text);
    }
}
