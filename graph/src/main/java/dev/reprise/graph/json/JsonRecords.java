package dev.reprise.graph.json;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.graph.InvalidModelException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON to records, strictly: every component is present, nothing else is, and null only where the record says {@link Nullable}.
 * Data binding alone would let a null into a record or name a Java class in its message. A record that ignores unknown
 * properties may lack its nullable ones; a list that is written only when it has elements may be missing.
 */
final class JsonRecords {
    private JsonRecords() {}

    /**
     * The record that this tree describes.
     *
     * @throws InvalidModelException naming the place in the document and what is wrong there
     */
    static <R extends Record> R read(JsonNode tree, Class<R> type) {
        object(tree, type, "");
        try {
            return JsonFile.mapper().treeToValue(tree, type);
        } catch (JsonProcessingException e) {
            Throwable cause = e.getCause();
            // What the record itself objects to is said in our words.
            boolean ours = cause instanceof IllegalArgumentException || cause instanceof InvalidModelException;
            throw new InvalidModelException(
                    String.valueOf(ours && cause != null ? cause.getMessage() : e.getOriginalMessage()), e);
        }
    }

    private static void value(JsonNode value, Type type, String place) {
        if (type instanceof ParameterizedType generic) {
            Type[] arguments = generic.getActualTypeArguments();
            if (generic.getRawType().equals(List.class)) {
                array(value, arguments[0], place);
            } else {
                map(value, arguments[1], place);
            }
        } else if (type instanceof Class<?> plain && plain.isRecord()) {
            object(value, plain, place);
        } else if (type instanceof Class<?> plain && plain.isEnum()) {
            List<String> names = Arrays.stream(plain.getEnumConstants())
                    .map(constant -> ((Enum<?>) constant).name())
                    .toList();
            require(value.isTextual() && names.contains(value.textValue()), "one of " + names, value, place);
        } else if (type.equals(String.class)) {
            require(value.isTextual(), "a string", value, place);
        } else if (type.equals(int.class) || type.equals(Integer.class)) {
            require(value.isIntegralNumber() && value.canConvertToInt(), "a whole number of 32 bits", value, place);
        } else if (type.equals(long.class) || type.equals(Long.class)) {
            require(value.isIntegralNumber() && value.canConvertToLong(), "a whole number of 64 bits", value, place);
        } else if (type.equals(double.class) || type.equals(Double.class)) {
            require(value.isNumber(), "a number", value, place);
        } else if (type.equals(boolean.class)) {
            require(value.isBoolean(), "true or false", value, place);
        } else if (type.equals(JsonNode.class)) {
            require(!value.isNull(), "given", value, place);
        } else {
            throw new IllegalStateException("no JSON form for " + type);
        }
    }

    private static void object(JsonNode object, Class<?> type, String place) {
        require(object.isObject(), "an object", object, place);
        JsonIgnoreProperties ignoring = type.getAnnotation(JsonIgnoreProperties.class);
        boolean open = ignoring != null && ignoring.ignoreUnknown();
        List<String> known = new ArrayList<>();
        for (RecordComponent component : type.getRecordComponents()) {
            String name = name(component);
            known.add(name);
            JsonNode value = object.get(name);
            boolean nullable = component.getAnnotatedType().isAnnotationPresent(Nullable.class);
            if (value == null && !(open && nullable) && !leftOutWhenEmpty(component)) {
                throw new InvalidModelException("field '" + inside(place, name) + "' is missing");
            }
            if (value != null && !(nullable && value.isNull())) {
                value(value, component.getGenericType(), inside(place, name));
            }
        }
        for (Iterator<String> names = object.fieldNames(); names.hasNext() && !open; ) {
            String name = names.next();
            if (!known.contains(name)) {
                throw new InvalidModelException("unknown field '" + inside(place, name) + "'; known here are " + known);
            }
        }
    }

    private static String name(RecordComponent component) {
        JsonProperty renamed = component.getAccessor().getAnnotation(JsonProperty.class);
        return renamed == null ? component.getName() : renamed.value();
    }

    private static boolean leftOutWhenEmpty(RecordComponent component) {
        JsonInclude include = component.getAccessor().getAnnotation(JsonInclude.class);
        return include != null;
    }

    private static String inside(String place, String name) {
        return place.isEmpty() ? name : place + "." + name;
    }

    private static void array(JsonNode array, Type element, String place) {
        require(array.isArray(), "an array", array, place);
        for (int i = 0; i < array.size(); i++) {
            value(array.get(i), element, place + "[" + i + "]");
        }
    }

    private static void map(JsonNode object, Type element, String place) {
        require(object.isObject(), "an object", object, place);
        for (Map.Entry<String, JsonNode> entry : object.properties()) {
            value(entry.getValue(), element, inside(place, entry.getKey()));
        }
    }

    private static void require(boolean condition, String expected, JsonNode found, String place) {
        if (!condition) {
            String text = found.isContainerNode() ? "an " + (found.isArray() ? "array" : "object") : found.toString();
            String shown = text.length() > 80 ? text.substring(0, 80) + "…" : text;
            String subject = place.isEmpty() ? "the document" : "field '" + place + "'";
            throw new InvalidModelException(subject + " must be " + expected + ", was " + shown);
        }
    }
}
