package dev.reprise.cache.parameter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** How the values of parameters stand in JSON and in messages. */
final class JsonValues {
    private static final int SHOWN = 60;

    private JsonValues() {}

    /** A number that is neither infinite, as {@code 1e999} is, nor NaN. */
    static boolean isFinite(JsonNode node) {
        return node.isNumber() && Double.isFinite(node.doubleValue());
    }

    static boolean isNumbers(JsonNode node) {
        return node.isArray() && all(node, JsonValues::isFinite);
    }

    static boolean isRows(JsonNode node) {
        return node.isArray() && all(node, JsonValues::isNumbers);
    }

    static boolean isTexts(JsonNode node) {
        return node.isArray() && all(node, JsonNode::isTextual);
    }

    private static boolean all(JsonNode node, Predicate<JsonNode> test) {
        for (JsonNode element : node) {
            if (!test.test(element)) {
                return false;
            }
        }
        return true;
    }

    static List<Double> doubles(JsonNode node) {
        List<Double> values = new ArrayList<>();
        node.forEach(element -> values.add(element.doubleValue()));
        return List.copyOf(values);
    }

    static List<List<Double>> rows(JsonNode node) {
        List<List<Double>> rows = new ArrayList<>();
        node.forEach(row -> rows.add(doubles(row)));
        return List.copyOf(rows);
    }

    static List<String> texts(JsonNode node) {
        List<String> values = new ArrayList<>();
        node.forEach(element -> values.add(element.textValue()));
        return List.copyOf(values);
    }

    /** {@code 100} rather than {@code 100.0}. */
    static Object whole(double value) {
        boolean whole = value == Math.rint(value) && Math.abs(value) < 1L << 53;
        return whole ? (Object) (long) value : (Object) value;
    }

    /** {@code 1,2,3} as {@code [1,2,3]}. */
    static String bracketed(String text) {
        return text.startsWith("[") ? text : "[" + text + "]";
    }

    static String quoted(String text) {
        return TextNode.valueOf(text).toString();
    }

    /** The beginning of a long value, so that a message stays one line. */
    static String shown(String value) {
        return value.length() <= SHOWN ? value : value.substring(0, SHOWN) + "… (" + value.length() + " characters)";
    }
}
