package dev.reprise.cache.parameter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.json.JsonFile;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * What values a parameter takes, and how they are written. Values that do not fit are refused with an
 * {@link IllegalArgumentException} that says only what was found; {@link Parameter} adds the name and what was expected.
 *
 * @param <T> Java type of the value
 */
public final class ParameterType<T> {
    /** Entries of a list and characters of a string: more steps than any generation has. */
    private static final int LONGEST = 10_000;

    private final Supplier<String> expected;
    private final Predicate<JsonNode> shape;
    private final Function<JsonNode, T> parse;
    private final Predicate<T> valid;
    private final UnaryOperator<String> asJson;
    private final Function<T, Object> plain;
    private final List<String> choices;

    /**
     * A type.
     *
     * @param expected what fits, for people
     * @param shape whether JSON has the form that {@code parse} reads
     * @param parse the value of such JSON
     * @param valid whether a value fits
     * @param asJson the text of the command line as JSON text
     * @param plain the value as numbers, strings, booleans, lists and maps
     */
    ParameterType(
            Supplier<String> expected,
            Predicate<JsonNode> shape,
            Function<JsonNode, T> parse,
            Predicate<T> valid,
            UnaryOperator<String> asJson,
            Function<T, Object> plain) {
        this(expected, shape, parse, valid, asJson, plain, List.of());
    }

    private ParameterType(
            Supplier<String> expected,
            Predicate<JsonNode> shape,
            Function<JsonNode, T> parse,
            Predicate<T> valid,
            UnaryOperator<String> asJson,
            Function<T, Object> plain,
            List<String> choices) {
        this.expected = expected;
        this.shape = shape;
        this.parse = parse;
        this.valid = valid;
        this.asJson = asJson;
        this.plain = plain;
        this.choices = List.copyOf(choices);
    }

    ParameterType(
            String expected,
            Predicate<JsonNode> shape,
            Function<JsonNode, T> parse,
            Predicate<T> valid,
            UnaryOperator<String> asJson,
            Function<T, Object> plain) {
        this(() -> expected, shape, parse, valid, asJson, plain);
    }

    /** A whole number of at least {@code minimum}. */
    public static ParameterType<Integer> integer(int minimum) {
        return new ParameterType<>(
                "an integer ≥ " + minimum,
                node -> node.isIntegralNumber() && node.canConvertToInt(),
                JsonNode::intValue,
                value -> value >= minimum,
                UnaryOperator.identity(),
                value -> value);
    }

    /** A finite number of at least {@code minimum}. */
    public static ParameterType<Double> number(double minimum) {
        return number("a number ≥ " + JsonValues.whole(minimum), value -> value >= minimum);
    }

    /** A number between two ends, both included. */
    public static ParameterType<Double> number(double minimum, double maximum) {
        return number(
                "a number in [" + JsonValues.whole(minimum) + ", " + JsonValues.whole(maximum) + "]",
                value -> value >= minimum && value <= maximum);
    }

    private static ParameterType<Double> number(String expected, Predicate<Double> valid) {
        return new ParameterType<>(
                expected,
                JsonNode::isNumber,
                JsonNode::doubleValue,
                value -> Double.isFinite(value) && valid.test(value),
                UnaryOperator.identity(),
                JsonValues::whole);
    }

    public static ParameterType<Boolean> flag() {
        return new ParameterType<>(
                () -> "true or false",
                JsonNode::isBoolean,
                JsonNode::booleanValue,
                value -> true,
                UnaryOperator.identity(),
                value -> value,
                List.of("true", "false"));
    }

    /** One of some words: the constants' names in lower case. */
    public static <E extends Enum<E>> ParameterType<E> choice(List<E> constants) {
        return choice(constant -> constant.name().toLowerCase(Locale.ROOT), constants);
    }

    /** One of some words, written as {@code word} says. */
    public static <E extends Enum<E>> ParameterType<E> choice(Function<E, String> word, List<E> constants) {
        Map<String, E> words = new LinkedHashMap<>();
        constants.forEach(constant -> words.put(word.apply(constant), constant));
        return words(words, UnaryOperator.identity());
    }

    /** A floating-point element type by the name that PyTorch gives it. */
    public static ParameterType<ElementType> floatType() {
        Map<String, ElementType> words = new LinkedHashMap<>();
        words.put("float32", ElementType.FLOAT);
        words.put("float16", ElementType.FLOAT16);
        words.put("bfloat16", ElementType.BFLOAT16);
        return words(words, word -> word.replace("torch.", ""));
    }

    private static <T> ParameterType<T> words(Map<String, T> words, UnaryOperator<String> read) {
        return new ParameterType<>(
                () -> "one of " + String.join(", ", words.keySet()),
                node -> node.isTextual() && words.containsKey(read.apply(node.textValue())),
                node -> Objects.requireNonNull(words.get(read.apply(node.textValue()))),
                words::containsValue,
                JsonValues::quoted,
                value -> words.entrySet().stream()
                        .filter(entry -> entry.getValue().equals(value))
                        .map(Map.Entry::getKey)
                        .findFirst()
                        .orElse(value.toString()),
                List.copyOf(words.keySet()));
    }

    /** Names. */
    public static ParameterType<List<String>> names() {
        return new ParameterType<>(
                "a list of names",
                JsonValues::isTexts,
                JsonValues::texts,
                value -> true,
                text -> text.startsWith("[") ? text : "[\"" + text.replace(",", "\",\"") + "\"]",
                value -> value);
    }

    /** Finite numbers, at least {@code minimum} of them. */
    public static ParameterType<List<Double>> numbers(int minimum) {
        return new ParameterType<>(
                "a list of " + minimum + " or more numbers",
                JsonValues::isNumbers,
                JsonValues::doubles,
                value -> value.size() >= minimum && value.stream().allMatch(Double::isFinite),
                JsonValues::bracketed,
                value -> value);
    }

    /** Rows of finite numbers. */
    public static ParameterType<List<List<Double>>> rows() {
        return new ParameterType<>(
                "a list of lists of numbers",
                JsonValues::isRows,
                JsonValues::rows,
                value -> value.stream().allMatch(row -> row.stream().allMatch(Double::isFinite)),
                JsonValues::bracketed,
                value -> value);
    }

    /**
     * 0 and 1, one per step, or the name of a preset.
     *
     * @param presets names, at least two
     */
    public static ParameterType<String> mask(List<String> presets) {
        int last = presets.size() - 1;
        String names = String.join(", ", presets.subList(0, last)) + " or " + presets.get(last);
        return new ParameterType<>(
                "a string of 0 and 1, one per step, or " + names,
                JsonNode::isTextual,
                JsonNode::textValue,
                value -> value.matches("[01]+") || presets.contains(value),
                text -> text.startsWith("\"") ? text : JsonValues.quoted(text),
                value -> value);
    }

    /** A SHA-256 in hexadecimal digits, as manifests write it. */
    public static ParameterType<String> hash() {
        return new ParameterType<>(
                "a SHA-256 of 64 hexadecimal digits",
                JsonNode::isTextual,
                JsonNode::textValue,
                value -> value.matches("[0-9a-f]{64}"),
                JsonValues::quoted,
                value -> value);
    }

    /** What fits, for people: {@code an integer ≥ 1}. */
    public String expected() {
        return expected.get();
    }

    /** All values, as the command line has them, where they are few; else empty. */
    public List<String> choices() {
        return choices;
    }

    T fromJson(JsonNode node) {
        int length = node.isTextual() ? node.textValue().length() : node.size();
        if (length > LONGEST) {
            throw new IllegalArgumentException(
                    (node.isTextual() ? "a string of " : "a list of ") + length + ", longer than " + LONGEST);
        }
        if (!shape.test(node)) {
            throw new IllegalArgumentException(JsonValues.shown(node.toString()));
        }
        return check(parse.apply(node));
    }

    /** Reads {@code value} of {@code --set name=value}. */
    T fromText(String text) {
        JsonNode node;
        try {
            node = JsonFile.mapper().readTree(asJson.apply(text.strip()));
        } catch (JsonProcessingException e) {
            node = TextNode.valueOf(text);
        }
        return fromJson(node);
    }

    T check(T value) {
        if (!valid.test(value)) {
            throw new IllegalArgumentException(JsonValues.shown(String.valueOf(plain.apply(value))));
        }
        return value;
    }

    /** The value as numbers, strings, booleans, lists and maps, as it would stand in JSON. */
    Object plain(T value) {
        return plain.apply(value);
    }
}
