package dev.reprise.cache.parameter;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.graph.json.JsonFile;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A kind of part of a policy, as the catalogue shows it: an indicator, a forecast or a span.
 *
 * @param id name in JSON and on the command line: {@code first_block}
 * @param summary one line
 * @param source where the idea is published, "" for nowhere
 * @param parameters in the order they are shown
 * @param factory makes the part of checked values; throws {@link InvalidPolicyException} where values do not fit together
 * @param <T> what it makes
 */
public record PartType<T>(
        String id, String summary, String source, List<Parameter<?>> parameters, Function<Parameters, T> factory) {

    public PartType {
        parameters = List.copyOf(parameters);
    }

    public PartBuilder<T> builder() {
        return new PartBuilder<>(this);
    }

    /** A builder with the values of the parameters that a named policy has by the same name. */
    public PartBuilder<T> from(Parameters values) {
        return builder().copy(values);
    }

    /** The part with its defaults. */
    public Part<T> part() {
        return builder().build();
    }

    /**
     * A parameter whose value is a part: a name, {@code {"name": {"parameter": value}}}, or on the command line
     * {@code name:parameter=value,parameter=value}. In Java it may also be a part that the catalogue does not have.
     *
     * @param kind what messages call it
     * @param types the catalogue; asked when a value is read or shown, because it may refuse a provider
     */
    public static <T> ParameterType<Part<T>> choice(String kind, Supplier<List<PartType<T>>> types) {
        return new ParameterType<>(
                () -> "a" + (kind.startsWith("i") ? "n " : " ") + kind + ", one of " + String.join(", ", names(types)),
                node -> isNamed(node, names(types)) || isObjectOfOne(node, names(types)),
                node -> read(types.get(), node),
                part -> true,
                text -> json(types.get(), text),
                part -> part.given().isEmpty()
                        ? part.type().id()
                        : Map.of(part.type().id(), part.given()));
    }

    private static <T> List<String> names(Supplier<List<PartType<T>>> types) {
        return types.get().stream().map(PartType::id).toList();
    }

    private static boolean isNamed(JsonNode node, List<String> names) {
        return node.isTextual() && names.contains(node.textValue());
    }

    private static boolean isObjectOfOne(JsonNode node, List<String> names) {
        return node.isObject()
                && node.size() == 1
                && names.contains(node.fieldNames().next())
                && node.iterator().next().isObject();
    }

    private static <T> Part<T> read(List<PartType<T>> types, JsonNode node) {
        if (node.isTextual()) {
            return named(types, node.textValue()).part();
        }
        String name = node.fieldNames().next();
        return named(types, name).builder().setAll(node.get(name)).build();
    }

    private static <T> PartType<T> named(List<PartType<T>> types, String name) {
        return types.stream().filter(type -> type.id().equals(name)).findFirst().orElseThrow();
    }

    /** {@code first_block:threshold=0.1} as JSON; what is none stays as it is, to be refused. */
    private static <T> String json(List<PartType<T>> types, String text) {
        if (text.startsWith("{") || text.startsWith("\"")) {
            return text;
        }
        int colon = text.indexOf(':');
        String name = colon < 0 ? text : text.substring(0, colon).strip();
        boolean known = types.stream().anyMatch(type -> type.id().equals(name));
        if (colon < 0 || !known) {
            return JsonValues.quoted(text);
        }
        PartBuilder<T> builder = named(types, name).builder();
        // A comma separates parameters where a name and an equals sign follow it: lists have commas too.
        for (String assignment : text.substring(colon + 1).split(",(?=[a-zA-Z_]+=)", -1)) {
            builder.set(assignment);
        }
        return JsonFile.mapper().createObjectNode().set(name, builder.json()).toString();
    }
}
