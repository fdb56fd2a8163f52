package dev.reprise.cache.parameter;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cache.DenoisingStep;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A weight that may change from step to step: a constant, a ramp, a table or any function. */
@FunctionalInterface
public interface StepWeight {
    /** A number, a list of one number per step, or {@code {"from": 0, "to": 1}}; in Java any function. */
    ParameterType<StepWeight> TYPE = new ParameterType<>(
            "a number, a list of numbers (one per step) or {\"from\": number, \"to\": number}",
            node -> JsonValues.isFinite(node) || (JsonValues.isNumbers(node) && !node.isEmpty()) || isLinear(node),
            StepWeight::fromJson,
            value -> true,
            text -> text.contains(",") && !text.startsWith("{") ? JsonValues.bracketed(text) : text,
            StepWeight::plain);

    double at(DenoisingStep step);

    static StepWeight constant(double value) {
        return new Constant(value);
    }

    /** From the first step to the last; by the timestep (1000 → 0) where the number of steps is unknown. */
    static StepWeight linear(double from, double to) {
        return new Linear(from, to);
    }

    /** One value per step; the last one holds for the steps behind the table. */
    static StepWeight table(List<Double> values) {
        return new Table(values);
    }

    private static boolean isLinear(JsonNode node) {
        return node.isObject()
                && node.size() == 2
                && JsonValues.isFinite(node.path("from"))
                && JsonValues.isFinite(node.path("to"));
    }

    private static StepWeight fromJson(JsonNode node) {
        if (node.isNumber()) {
            return constant(node.doubleValue());
        }
        return node.isArray()
                ? table(JsonValues.doubles(node))
                : linear(node.get("from").doubleValue(), node.get("to").doubleValue());
    }

    private static Object plain(StepWeight weight) {
        if (weight instanceof Constant constant) {
            return JsonValues.whole(constant.value());
        }
        if (weight instanceof Table table) {
            return table.values();
        }
        if (weight instanceof Linear linear) {
            Map<String, Object> ends = new LinkedHashMap<>();
            ends.put("from", JsonValues.whole(linear.from()));
            ends.put("to", JsonValues.whole(linear.to()));
            return ends;
        }
        return "function";
    }

    /** The same at every step. */
    record Constant(double value) implements StepWeight {
        @Override
        public double at(DenoisingStep step) {
            return value;
        }
    }

    /** A linear ramp over the generation. */
    record Linear(double from, double to) implements StepWeight {
        @Override
        public double at(DenoisingStep step) {
            double progress = step.count().isPresent()
                    ? (double) step.index() / Math.max(step.count().getAsInt() - 1, 1)
                    : 1 - step.timestep() / 1000;
            return from + (to - from) * Math.min(Math.max(progress, 0), 1);
        }
    }

    /** A value per step. */
    record Table(List<Double> values) implements StepWeight {
        public Table {
            values = List.copyOf(values);
            if (values.isEmpty()) {
                throw new IllegalArgumentException("a table of weights needs at least one value");
            }
        }

        @Override
        public double at(DenoisingStep step) {
            return values.get(Math.min(step.index(), values.size() - 1));
        }
    }
}
