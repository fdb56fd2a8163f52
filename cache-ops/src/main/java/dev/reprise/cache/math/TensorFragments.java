package dev.reprise.cache.math;

import dev.reprise.graph.ElementType;
import java.util.ArrayList;
import java.util.List;

/** Writes the fragments of {@link TensorMath}: what they are called by, and how element types are converted on the way. */
final class TensorFragments {
    /** Runs over the arithmetic type; the strings are the values in a fragment's graph. */
    interface Expression {
        String write(FragmentGraph graph, List<String> inputs);
    }

    private TensorFragments() {}

    /** A fragment that computes: inputs converted to the arithmetic type, the result converted to {@code type}. */
    static Fragment computing(
            String operation, List<Tensor> tensors, ElementType type, Expression expression, String... floats) {
        List<ElementType> types = tensors.stream().map(Tensor::elementType).toList();
        ElementType compute = arithmeticType(tensors.toArray(Tensor[]::new));
        String name = operation + types + "->" + type;
        List<String> inputs = names(tensors.size());
        List<String> all = new ArrayList<>(inputs);
        all.addAll(List.of(floats));
        return new Fragment(name, all, List.of("result"), () -> {
            FragmentGraph graph = new FragmentGraph();
            List<String> converted = new ArrayList<>();
            for (int i = 0; i < types.size(); i++) {
                converted.add(graph.input(inputs.get(i), types.get(i), compute));
            }
            graph.output("result", expression.write(graph, converted), compute, type);
            return graph.model(name);
        });
    }

    /** A fragment that only moves elements of whatever type. */
    static Fragment moving(String operation, ElementType type, int arity, List<String> floats, Expression expression) {
        String name = operation + "(" + type + ")";
        List<String> inputs = names(arity);
        List<String> all = new ArrayList<>(inputs);
        all.addAll(floats);
        return new Fragment(name, all, List.of("result"), () -> {
            FragmentGraph graph = new FragmentGraph();
            inputs.forEach(input -> graph.input(input, type));
            floats.forEach(input -> graph.input(input, ElementType.FLOAT));
            graph.output("result", expression.write(graph, inputs), type, type);
            return graph.model(name);
        });
    }

    /** A fragment that gives the same values in another element type, or in the same one. */
    static Fragment cast(ElementType from, ElementType to) {
        String name = "cast(" + from + ")->" + to;
        return new Fragment(name, List.of("tensor"), List.of("result"), () -> {
            FragmentGraph graph = new FragmentGraph();
            graph.output("result", graph.input("tensor", from), from, to);
            return graph.model(name);
        });
    }

    private static List<String> names(int arity) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < arity; i++) {
            names.add("t" + i);
        }
        return names;
    }

    /** The type to compute in: float64 when anything is, else float32. */
    static ElementType arithmeticType(Tensor... tensors) {
        ElementType compute = ElementType.FLOAT;
        for (Tensor tensor : tensors) {
            if (!tensor.elementType().isFloatingPoint()) {
                throw new IllegalArgumentException(
                        "arithmetic needs floating point, found " + TensorMath.describe(tensor));
            }
            if (tensor.elementType() == ElementType.DOUBLE) {
                compute = ElementType.DOUBLE;
            }
        }
        return compute;
    }
}
