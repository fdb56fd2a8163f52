package dev.reprise.cache.parameter;

import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Regular expressions for module paths. */
public final class Identifiers {
    /** A list of regular expressions, or one alone. */
    public static final ParameterType<Identifiers> TYPE = new ParameterType<>(
            "a list of regular expressions",
            node -> node.isTextual() || JsonValues.isTexts(node),
            node -> of(node.isTextual() ? List.of(node.textValue()) : JsonValues.texts(node)),
            value -> true,
            text -> text.startsWith("[\"") ? text : JsonValues.quoted(text),
            Identifiers::expressions);

    private final List<Pattern> patterns;

    private Identifiers(List<Pattern> patterns) {
        this.patterns = patterns;
    }

    /** @throws IllegalArgumentException naming the expression that is none */
    public static Identifiers of(List<String> expressions) {
        try {
            return new Identifiers(expressions.stream().map(Pattern::compile).toList());
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "'" + e.getPattern() + "' is no regular expression: " + e.getDescription(), e);
        }
    }

    public static Identifiers of(String... expressions) {
        return of(List.of(expressions));
    }

    public List<String> expressions() {
        return patterns.stream().map(Pattern::pattern).toList();
    }

    public boolean isEmpty() {
        return patterns.isEmpty();
    }

    /** Whether any expression is found somewhere in the module path. */
    public boolean search(String path) {
        return patterns.stream().anyMatch(pattern -> pattern.matcher(path).find());
    }

    /** Whether any expression matches the whole module path. */
    public boolean matches(String path) {
        return patterns.stream().anyMatch(pattern -> pattern.matcher(path).matches());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Identifiers identifiers && expressions().equals(identifiers.expressions());
    }

    @Override
    public int hashCode() {
        return expressions().hashCode();
    }

    @Override
    public String toString() {
        return expressions().toString();
    }
}
