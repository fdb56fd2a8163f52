package dev.reprise.cache.parameter;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Which modules reuse their last outputs at which steps.
 *
 * @param modules one regular expression, found anywhere in the module path
 * @param reuse the steps at which they do not run
 */
public record ModuleRule(Identifiers modules, StepRule reuse) {
    /** Rules, the first that matches a module counts. */
    public static final ParameterType<List<ModuleRule>> LIST = new ParameterType<>(
            "a list of {\"modules\": regular expression, \"reuse\": steps}",
            JsonNode::isArray,
            ModuleRule::list,
            rules -> !rules.isEmpty(),
            text -> text.startsWith("{") ? "[" + text + "]" : text,
            rules -> rules.stream().map(ModuleRule::plain).toList());

    /** @throws IllegalArgumentException saying what is no regular expression or no rule for steps */
    public static ModuleRule of(String modules, String reuse) {
        return new ModuleRule(Identifiers.of(modules), StepRule.of(reuse));
    }

    private static List<ModuleRule> list(JsonNode nodes) {
        List<ModuleRule> rules = new ArrayList<>();
        for (JsonNode node : nodes) {
            try {
                rules.add(fromJson(node));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "rule " + (rules.size() + 1) + " " + JsonValues.shown(node.toString()) + ": " + e.getMessage(),
                        e);
            }
        }
        return List.copyOf(rules);
    }

    private static ModuleRule fromJson(JsonNode node) {
        if (node.size() != 2 || !node.path("modules").isTextual() || !node.has("reuse")) {
            throw new IllegalArgumentException("it must have \"modules\" and \"reuse\", and nothing else");
        }
        JsonNode reuse = node.get("reuse");
        boolean isList = JsonValues.isNumbers(reuse) && !reuse.isEmpty();
        if (!reuse.isTextual() && !isList) {
            throw new IllegalArgumentException("\"reuse\" must be a rule for steps or a list of steps");
        }
        String steps = isList
                ? JsonValues.doubles(reuse).stream()
                        .map(step -> JsonValues.whole(step).toString())
                        .collect(Collectors.joining(", "))
                : reuse.textValue();
        return of(node.get("modules").textValue(), steps);
    }

    private Map<String, Object> plain() {
        Map<String, Object> plain = new LinkedHashMap<>();
        plain.put("modules", modules.expressions().get(0));
        plain.put("reuse", reuse.toString());
        return plain;
    }

    @Override
    public String toString() {
        return "'" + modules.expressions().get(0) + "' at " + reuse;
    }
}
