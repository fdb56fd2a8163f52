package dev.reprise.optimizer.paths;

import dev.reprise.graph.Graph;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.optimizer.operators.Operators;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The module path of every node, in one form for all exporters, and the tree that the paths span.
 *
 * <p>A node without a path of its own takes that of its bias or weight, and failing that one from the nodes around it, see
 * {@link PathCompletion}. A prefix that wraps the whole model ({@code model.transformer_blocks.0…}) is stripped.
 */
public final class ModulePaths {
    private static final Pattern WEIGHT_NAME =
            Pattern.compile("([A-Za-z_]\\w*(?:\\.\\w+)+)\\.\\w+|([A-Za-z_]\\w*)\\.(?:weight|bias|scale|gamma)");

    private static final Pattern ENTRY = Pattern.compile(".+?\\.\\d{1,6}(?=\\.|$)");

    /** Where the paths came from. */
    public enum Exporter {
        TORCHSCRIPT,
        DYNAMO,
        UNKNOWN
    }

    private final Exporter exporter;
    private final String prefix;
    private final @Nullable String[] paths;
    private final Map<String, String> classNames;
    private final TreeMap<String, List<Node>> nodesByPath = new TreeMap<>();
    private final double coverage;

    private ModulePaths(
            Graph graph,
            Exporter exporter,
            String prefix,
            @Nullable String[] paths,
            Map<String, String> classNames,
            double coverage) {
        this.exporter = exporter;
        this.prefix = prefix;
        this.paths = paths;
        this.classNames = classNames;
        this.coverage = coverage;
        for (Node node : graph.nodes()) {
            String path = paths[node.index()];
            if (path != null && !path.isEmpty()) {
                nodesByPath.computeIfAbsent(path, key -> new ArrayList<>()).add(node);
            }
        }
    }

    public static ModulePaths read(Graph graph) {
        @Nullable String[] paths = new String[graph.nodes().size()];
        Map<String, String> classNames = new HashMap<>();
        int dynamo = 0;
        int torchScript = 0;
        int named = 0;
        int relevant = 0;
        for (Node node : graph.nodes()) {
            String path = ScopeReader.fromMetadata(node.proto());
            if (path != null) {
                dynamo++;
                String className = ScopeReader.className(node.proto());
                if (className != null) {
                    classNames.putIfAbsent(path, className);
                }
            } else {
                path = ScopeReader.fromNames(node.proto());
                torchScript += path != null ? 1 : 0;
            }
            if (path == null) {
                path = ofWeight(graph, node);
            }
            paths[node.index()] = path;
            if (!node.is("Constant")) {
                relevant++;
                named += path != null ? 1 : 0;
            }
        }
        PathCompletion.complete(graph, paths);
        String prefix = wrapper(graph, paths);
        strip(prefix, paths);
        Map<String, String> classes = new HashMap<>();
        classNames.forEach((path, name) -> classes.put(stripped(prefix, path), name));
        Exporter exporter =
                dynamo > torchScript ? Exporter.DYNAMO : torchScript > 0 ? Exporter.TORCHSCRIPT : Exporter.UNKNOWN;
        return new ModulePaths(graph, exporter, prefix, paths, classes, relevant == 0 ? 0 : (double) named / relevant);
    }

    public Exporter exporter() {
        return exporter;
    }

    /** The wrapper prefix that was stripped, "" for none. */
    public String prefix() {
        return prefix;
    }

    /** Share of the nodes, constants left out, that carry a path of their own. */
    public double coverage() {
        return coverage;
    }

    /** The path of a node: "" in the root module, null where unknown. */
    @Nullable
    public String of(Node node) {
        return paths[node.index()];
    }

    /** Whether a node lies in a module or below it. */
    boolean isIn(Node node, String module) {
        String path = paths[node.index()];
        return path != null && isBelow(path, module);
    }

    public static boolean isBelow(String path, String module) {
        return path.startsWith(module) && (path.length() == module.length() || path.charAt(module.length()) == '.');
    }

    /** The nodes of a module and of all below it, in graph order. */
    public List<Node> nodesIn(String module) {
        List<Node> nodes = new ArrayList<>(nodesByPath.getOrDefault(module, List.of()));
        nodesByPath.subMap(module + ".", module + "/").values().forEach(nodes::addAll);
        nodes.sort((a, b) -> Integer.compare(a.index(), b.index()));
        return nodes;
    }

    /** Every path that a node has, and every path above one, sorted. */
    public List<String> all() {
        TreeMap<String, Boolean> all = new TreeMap<>();
        for (String path : nodesByPath.keySet()) {
            for (String above = path; !above.isEmpty() && all.put(above, true) == null; ) {
                above = parent(above);
            }
        }
        return List.copyOf(all.keySet());
    }

    /** The Python class of a module, null where the exporter did not record it. */
    @Nullable
    public String className(String module) {
        return classNames.get(module);
    }

    public static String parent(String path) {
        int dot = path.lastIndexOf('.');
        return dot < 0 ? "" : path.substring(0, dot);
    }

    public static String leaf(String path) {
        return path.substring(path.lastIndexOf('.') + 1);
    }

    /** {@code transformer_blocks.3} of {@code transformer_blocks.3.attn1.to_q}: the outermost list entry; null outside of lists. */
    public static @Nullable String entry(@Nullable String path) {
        if (path == null) {
            return null;
        }
        Matcher entry = ENTRY.matcher(path);
        return entry.lookingAt() ? entry.group() : null;
    }

    /** The smallest module that holds both. */
    static String common(String a, String b) {
        String shared = a;
        while (!shared.isEmpty() && !isBelow(b, shared)) {
            shared = parent(shared);
        }
        return shared;
    }

    /** The smallest module that holds all; null for no paths. */
    public static @Nullable String shared(Collection<String> paths) {
        String shared = null;
        for (String path : paths) {
            shared = shared == null ? path : common(shared, path);
        }
        return shared;
    }

    /**
     * A node that reads a named parameter belongs to the parameter's module, unless it is one of several readers and the parameter
     * stands for equal ones of other modules, which optimizers merge. TorchScript stores one of equal parameters too, but hands it
     * to the other modules in copies that keep their names.
     */
    private static @Nullable String ofWeight(Graph graph, Node node) {
        for (Value value : isParameterCopy(node) ? node.writes() : node.reads()) {
            String module = isParameter(value) ? moduleOfWeight(value.name()) : null;
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

    /** Whether another entry of the list has a parameter of this name: then nobody merged them, and a module reads its own twice. */
    private static boolean hasSibling(Graph graph, String parameter) {
        String entry = entry(parameter);
        if (entry == null) {
            return false;
        }
        String other = parent(entry) + (leaf(entry).equals("0") ? ".1" : ".0");
        Value sibling = graph.value(other + parameter.substring(entry.length()));
        return sibling != null && isParameter(sibling);
    }

    private static boolean isParameter(Value value) {
        Node producer = value.producer();
        return producer == null ? value.isStored() : isParameterCopy(producer);
    }

    private static boolean isParameterCopy(Node node) {
        return node.is("Identity") && node.reads().stream().allMatch(Value::isInitializer);
    }

    /** blocks.0.attn.to_q for blocks.0.attn.to_q.weight; null for a name that is none of a weight. */
    public static @Nullable String moduleOfWeight(String name) {
        Matcher weight = WEIGHT_NAME.matcher(name);
        if (!weight.matches()) {
            return null;
        }
        return weight.group(1) != null ? weight.group(1) : weight.group(2);
    }

    /** The longest path that all nodes with weights share, list entries excluded: those are blocks, not wrappers. */
    private static String wrapper(Graph graph, @Nullable String[] paths) {
        Set<String> weighted = new LinkedHashSet<>();
        for (Node node : graph.nodes()) {
            String path = paths[node.index()];
            if (path != null && !path.isEmpty() && Operators.isWeighted(node)) {
                weighted.add(path);
            }
        }
        String shared = shared(weighted);
        if (shared == null) {
            return "";
        }
        // A wrapper holds modules; what all nodes share in a model of one list or one layer is no wrapper.
        while (!shared.isEmpty() && (holdsList(graph, paths, shared) || hasIndex(shared))) {
            shared = parent(shared);
        }
        return shared;
    }

    private static boolean hasIndex(String path) {
        return path.chars().anyMatch(Character::isDigit) && path.matches("(.*\\.)?\\d+(\\..*)?");
    }

    /** Whether the path itself is a list of modules: everything below it starts with an index. */
    private static boolean holdsList(Graph graph, @Nullable String[] paths, String module) {
        for (Node node : graph.nodes()) {
            String path = paths[node.index()];
            if (path != null
                    && path.length() > module.length()
                    && isBelow(path, module)
                    && !Character.isDigit(path.charAt(module.length() + 1))) {
                return false;
            }
        }
        return true;
    }

    private static void strip(String prefix, @Nullable String[] paths) {
        for (int i = 0; i < paths.length; i++) {
            String path = paths[i];
            paths[i] = path == null ? null : stripped(prefix, path);
        }
    }

    private static String stripped(String prefix, String path) {
        if (prefix.isEmpty() || !isBelow(path, prefix)) {
            return path;
        }
        return path.length() == prefix.length() ? "" : path.substring(prefix.length() + 1);
    }
}
