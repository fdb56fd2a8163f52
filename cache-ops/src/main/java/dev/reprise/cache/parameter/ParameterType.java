package dev.reprise.cache.parameter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.reprise.graph.ElementType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * What values a parameter takes, and how they are written. Values that do not fit are refused with an
 * {@link IllegalArgumentException} that says only what is wrong; {@link Parameter} adds the name.
 *
 * @param <T> Java type of the value
 */
public final class ParameterType<T> {
    private static final ObjectReader JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build()
            .reader();

    private final String expected;
    private final Predicate<JsonNode> shape;
    private final Function<JsonNode, T> parse;
    private final Predicate<T> valid;
    private final UnaryOperator<String> asJson;
    private final Function<T, Object> plain;

    private ParameterType(
            String expected,
            Predicate<JsonNode> shape,
            Function<JsonNode, T> parse,
            Predicate<T> valid,
            UnaryOperator<String> asJson,
            Function<T, Object> plain) {
        this.expected = expected;
        this.shape = shape;
        this.parse = parse;
        this.valid = valid;
        this.asJson = asJson;
        this.plain = plain;
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
        return number("a number ≥ " + minimum, value -> value >= minimum);
    }

    /** A number between two ends, both included. */
    public static ParameterType<Double> number(double minimum, double maximum) {
        return number("a number in [" + minimum + ", " + maximum + "]", value -> value >= minimum && value <= maximum);
    }

    private static ParameterType<Double> number(String expected, Predicate<Double> valid) {
        return new ParameterType<>(
                expected,
                JsonNode::isNumber,
                JsonNode::doubleValue,
                value -> Double.isFinite(value) && valid.test(value),
                UnaryOperator.identity(),
                value -> value);
    }

    public static ParameterType<Boolean> flag() {
        return new ParameterType<>(
                "true or false",
                JsonNode::isBoolean,
                JsonNode::booleanValue,
                value -> true,
                UnaryOperator.identity(),
                value -> value);
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

    private static <T> ParameterType<T> words(Map<String, T> words, UnaryOperator<String> read) {
        return new ParameterType<>(
                "one of " + String.join(", ", words.keySet()),
                node -> node.isTextual() && words.containsKey(read.apply(node.textValue())),
                node -> Objects.requireNonNull(words.get(read.apply(node.textValue()))),
                words::containsValue,
                ParameterType::quoted,
                value -> word(words, value));
    }

    private static <T> Object word(Map<String, T> words, T value) {
        return words.entrySet().stream()
                .filter(entry -> entry.getValue().equals(value))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(value.toString());
    }

    /** Two timesteps, {@code [100, 800]}. */
    public static ParameterType<TimestepRange> timestepRange() {
        return new ParameterType<>(
                "two timesteps [low, high] with low < high",
                node -> isNumbers(node)
                        && node.size() == 2
                        && node.get(0).doubleValue() < node.get(1).doubleValue(),
                node -> new TimestepRange(node.get(0).doubleValue(), node.get(1).doubleValue()),
                value -> true,
                ParameterType::bracketed,
                value -> List.of(whole(value.low()), whole(value.high())));
    }

    /** Regular expressions for module paths. */
    public static ParameterType<Identifiers> identifiers() {
        return new ParameterType<>(
                "a list of regular expressions",
                node -> node.isTextual() || isTexts(node),
                node -> Identifiers.of(node.isTextual() ? List.of(node.textValue()) : texts(node)),
                value -> true,
                text -> text.startsWith("[\"") ? text : quoted(text),
                Identifiers::expressions);
    }

    /** Names. */
    public static ParameterType<List<String>> names() {
        return new ParameterType<>(
                "a list of names",
                ParameterType::isTexts,
                ParameterType::texts,
                value -> true,
                text -> text.startsWith("[") ? text : "[\"" + text.replace(",", "\",\"") + "\"]",
                value -> value);
    }

    /** Finite numbers, at least {@code minimum} of them. */
    public static ParameterType<List<Double>> numbers(int minimum) {
        return new ParameterType<>(
                "a list of " + minimum + " or more numbers",
                ParameterType::isNumbers,
                ParameterType::doubles,
                value -> value.size() >= minimum && value.stream().allMatch(Double::isFinite),
                ParameterType::bracketed,
                value -> value);
    }

    /** 0 and 1, one per step. */
    public static ParameterType<String> mask() {
        return new ParameterType<>(
                "a string of 0 and 1, one per step",
                JsonNode::isTextual,
                JsonNode::textValue,
                value -> value.matches("[01]+"),
                ParameterType::quoted,
                value -> value);
    }

    /** A floating-point element type by the name that PyTorch gives it. */
    public static ParameterType<ElementType> floatType() {
        Map<String, ElementType> words = new LinkedHashMap<>();
        words.put("float32", ElementType.FLOAT);
        words.put("float16", ElementType.FLOAT16);
        words.put("bfloat16", ElementType.BFLOAT16);
        return words(words, word -> word.replace("torch.", ""));
    }

    /** A number, a list of one number per step, or {@code {"from": 0, "to": 1}}; in Java any function. */
    public static ParameterType<StepWeight> weight() {
        return new ParameterType<>(
                "a number, a list of numbers (one per step) or {\"from\": number, \"to\": number}",
                node -> node.isNumber() || (isNumbers(node) && !node.isEmpty()) || isRamp(node),
                ParameterType::weight,
                value -> true,
                text -> text.contains(",") && !text.startsWith("[") && !text.startsWith("{") ? bracketed(text) : text,
                ParameterType::plainWeight);
    }

    /** What fits, for people: {@code an integer ≥ 1}. */
    public String expected() {
        return expected;
    }

    T fromJson(JsonNode node) {
        if (!shape.test(node)) {
            throw new IllegalArgumentException(node.toString());
        }
        return check(parse.apply(node));
    }

    /** Reads {@code value} of {@code --set name=value}. */
    T fromText(String text) {
        JsonNode node;
        try {
            node = JSON.readTree(asJson.apply(text.strip()));
        } catch (JsonProcessingException e) {
            node = TextNode.valueOf(text);
        }
        return fromJson(node);
    }

    T check(T value) {
        if (!valid.test(value)) {
            throw new IllegalArgumentException(String.valueOf(plain.apply(value)));
        }
        return value;
    }

    /** The value as numbers, strings, booleans, lists and maps, as it would stand in JSON. */
    Object plain(T value) {
        return plain.apply(value);
    }

    private static StepWeight weight(JsonNode node) {
        if (node.isNumber()) {
            return StepWeight.constant(node.doubleValue());
        }
        if (node.isArray()) {
            return StepWeight.table(doubles(node));
        }
        return StepWeight.linear(node.get("from").doubleValue(), node.get("to").doubleValue());
    }

    private static Object plainWeight(StepWeight weight) {
        if (weight instanceof StepWeight.Constant constant) {
            return constant.value();
        }
        if (weight instanceof StepWeight.Table table) {
            return table.values();
        }
        if (weight instanceof StepWeight.Linear ramp) {
            Map<String, Object> ends = new LinkedHashMap<>();
            ends.put("from", ramp.from());
            ends.put("to", ramp.to());
            return ends;
        }
        return "function";
    }

    private static boolean isRamp(JsonNode node) {
        return node.isObject()
                && node.size() == 2
                && node.path("from").isNumber()
                && node.path("to").isNumber();
    }

    private static boolean isNumbers(JsonNode node) {
        return node.isArray() && all(node, JsonNode::isNumber);
    }

    private static boolean isTexts(JsonNode node) {
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

    private static List<Double> doubles(JsonNode node) {
        List<Double> values = new ArrayList<>();
        node.forEach(element -> values.add(element.doubleValue()));
        return List.copyOf(values);
    }

    private static List<String> texts(JsonNode node) {
        List<String> values = new ArrayList<>();
        node.forEach(element -> values.add(element.textValue()));
        return List.copyOf(values);
    }

    private static Object whole(double value) {
        if (value == Math.rint(value)) {
            return (long) value;
        }
        return value;
    }

    private static String bracketed(String text) {
        return text.startsWith("[") ? text : "[" + text + "]";
    }

    private static String quoted(String text) {
        return TextNode.valueOf(text).toString();
    }
}
