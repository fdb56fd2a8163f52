package dev.reprise.optimizer.paths;

import dev.reprise.graph.Graph;
import dev.reprise.graph.ModulePath;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads module paths from the names of parameters: {@code blocks.0.attn.to_q.weight} belongs to {@code blocks.0.attn.to_q}. */
public final class ParameterPaths {
    private static final Pattern WEIGHT_NAME =
            Pattern.compile("([A-Za-z_]\\w*(?:\\.\\w+)+)\\.\\w+|([A-Za-z_]\\w*)\\.(?:weight|bias|scale|gamma)");

    private ParameterPaths() {}

    /** The module of the parameter of this name; null for a name that is none of a parameter. */
    public static @Nullable ModulePath moduleOf(String parameter) {
        Matcher weight = WEIGHT_NAME.matcher(parameter);
        if (!weight.matches()) {
            return null;
        }
        return ModulePath.of(weight.group(1) != null ? weight.group(1) : weight.group(2));
    }

    /**
     * A node that reads a named parameter belongs to the parameter's module, unless it is one of several readers and an optimizer
     * has merged equal parameters of several modules into this one. TorchScript stores one of equal parameters too, but hands it
     * to the other modules in copies that keep their names.
     */
    static @Nullable ModulePath of(Graph graph, Node node) {
        for (Value value : isParameterCopy(node) ? node.writes() : node.reads()) {
            ModulePath module = isParameter(value) ? moduleOf(value.name()) : null;
            if (module != null && (readers(value) == 1 || hasSibling(graph, value.name()))) {
                return module;
            }
        }
        return null;
    }

    private static long readers(Value parameter) {
        return parameter.consumers().stream()
                .filter(consumer -> !isParameterCopy(consumer))
                .count();
    }

    /**
     * Whether another entry of the list has a parameter of the same name. Then equal parameters were not merged, and all readers of
     * this one lie in its own module.
     */
    private static boolean hasSibling(Graph graph, String parameter) {
        ModulePath entry = ModulePath.of(parameter).entry();
        if (entry == null) {
            return false;
        }
        ModulePath other = entry.parent().child(entry.leaf().equals("0") ? "1" : "0");
        Value sibling = graph.value(
                other.append(ModulePath.of(parameter).relativeTo(entry)).dotted());
        return sibling != null && isParameter(sibling);
    }

    private static boolean isParameter(Value value) {
        Node producer = value.producer();
        return producer == null ? value.isInitializer() : isParameterCopy(producer);
    }

    private static boolean isParameterCopy(Node node) {
        return node.is("Identity") && node.reads().stream().allMatch(Value::isInitializer);
    }
}
