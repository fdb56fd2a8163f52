package dev.reprise.optimizer.paths;

import dev.reprise.graph.Graph;
import dev.reprise.graph.ModulePath;
import dev.reprise.graph.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The module path of every node, in one form for all exporters, and the tree that the paths span.
 *
 * <p>A node without a path of its own takes that of its bias or weight, see {@link ParameterPaths}, and failing that one from the
 * nodes around it, see {@link PathCompletion}. Levels that an exporter leaves out come back, see {@link ElidedScopes} and
 * {@link RelativeScopes}. Blocks that another module computes get what it computes for them, see {@link OutsideBlocks}. A prefix that wraps the whole model is stripped, see {@link WrapperPath}.
 */
public final class ModulePaths {
    /** Where the paths came from. */
    public enum Exporter {
        TORCHSCRIPT,
        DYNAMO,
        UNKNOWN
    }

    private final Exporter exporter;
    private final ModulePath prefix;
    private final @Nullable ModulePath[] paths;
    private final Map<ModulePath, String> classNames;
    private final double coverage;
    private final TreeMap<String, List<Node>> nodesByPath = new TreeMap<>();
    private final TreeSet<ModulePath> all = new TreeSet<>();
    private final Set<ModulePath> lists = new HashSet<>();

    private ModulePaths(
            Graph graph,
            Exporter exporter,
            ModulePath prefix,
            @Nullable ModulePath[] paths,
            Map<ModulePath, String> classNames,
            double coverage) {
        this.exporter = exporter;
        this.prefix = prefix;
        this.paths = paths;
        this.classNames = classNames;
        this.coverage = coverage;
        for (Node node : graph.nodes()) {
            ModulePath path = paths[node.index()];
            if (path != null && !path.isRoot()) {
                nodesByPath
                        .computeIfAbsent(path.dotted(), key -> new ArrayList<>())
                        .add(node);
                for (ModulePath above = path; !above.isRoot() && all.add(above); above = above.parent()) {
                    if (above.isIndex()) {
                        lists.add(above.parent());
                    }
                }
            }
        }
    }

    public static ModulePaths read(Graph graph) {
        @Nullable ModulePath[] paths = new ModulePath[graph.nodes().size()];
        Map<ModulePath, String> classNames = new HashMap<>();
        int dynamo = 0;
        int torchScript = 0;
        int named = 0;
        int relevant = 0;
        for (Node node : graph.nodes()) {
            ModulePath path = ScopeReader.fromMetadata(node.proto());
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
                path = ParameterPaths.of(graph, node);
            }
            paths[node.index()] = path;
            if (!node.is("Constant")) {
                relevant++;
                named += path != null ? 1 : 0;
            }
        }
        if (torchScript > dynamo) {
            ElidedScopes.restore(graph, paths);
        } else {
            RelativeScopes scopes = new RelativeScopes(graph, paths);
            for (int i = 0; i < paths.length; i++) {
                ModulePath path = paths[i];
                paths[i] = path == null ? null : scopes.restored(path);
            }
            Map<ModulePath, String> relative = Map.copyOf(classNames);
            classNames.clear();
            relative.forEach((path, name) -> classNames.put(scopes.restored(path), name));
        }
        OutsideBlocks.place(graph, paths);
        PathCompletion.complete(graph, paths);
        ModulePath prefix = WrapperPath.find(graph, paths);
        for (int i = 0; i < paths.length; i++) {
            ModulePath path = paths[i];
            paths[i] = path == null ? null : path.relativeTo(prefix);
        }
        Map<ModulePath, String> classes = new HashMap<>();
        classNames.forEach((path, name) -> classes.put(path.relativeTo(prefix), name));
        Exporter exporter =
                dynamo > torchScript ? Exporter.DYNAMO : torchScript > 0 ? Exporter.TORCHSCRIPT : Exporter.UNKNOWN;
        return new ModulePaths(graph, exporter, prefix, paths, classes, relevant == 0 ? 0 : (double) named / relevant);
    }

    public Exporter exporter() {
        return exporter;
    }

    /** The wrapper that was stripped, the root for none. */
    public ModulePath prefix() {
        return prefix;
    }

    /** Share of the nodes, constants left out, that carry a path of their own. */
    public double coverage() {
        return coverage;
    }

    /** The path of a node: the root where it lies in no module, null where unknown. */
    @Nullable
    public ModulePath of(Node node) {
        return paths[node.index()];
    }

    /** The nodes of a module and of all below it, in graph order. */
    public List<Node> nodesIn(ModulePath module) {
        List<Node> nodes = new ArrayList<>(nodesByPath.getOrDefault(module.dotted(), List.of()));
        nodesByPath
                .subMap(module.dotted() + ".", module.dotted() + "/")
                .values()
                .forEach(nodes::addAll);
        nodes.sort((a, b) -> Integer.compare(a.index(), b.index()));
        return nodes;
    }

    /** Every path that a node has, and every path above one, sorted. */
    public List<ModulePath> all() {
        return List.copyOf(all);
    }

    /** A module, where the model has it, and every module below it. */
    public Set<ModulePath> allIn(ModulePath module) {
        Set<ModulePath> within =
                new TreeSet<>(all.subSet(ModulePath.of(module.dotted() + "."), ModulePath.of(module.dotted() + "/")));
        if (all.contains(module)) {
            within.add(module);
        }
        return within;
    }

    /** Whether a module is a list: it has an entry with an index. */
    public boolean isList(ModulePath module) {
        return lists.contains(module);
    }

    /** The Python class of a module, null where the exporter did not record it. */
    @Nullable
    public String className(ModulePath module) {
        return classNames.get(module);
    }
}
