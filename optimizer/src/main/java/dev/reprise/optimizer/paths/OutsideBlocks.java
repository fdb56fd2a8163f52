package dev.reprise.optimizer.paths;

import dev.reprise.graph.Graph;
import dev.reprise.graph.ModulePath;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.optimizer.operators.Dependence;
import dev.reprise.optimizer.operators.Operators;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Places what another module computes for the blocks of a list. Some code bases keep blocks as bare containers: their modules are
 * called by a mixin or by the model itself, and sums and gates lie in that one's scope.
 *
 * <pre>
 *   scope  transformer                  Slice ─▶ │ norm ─▶ … Mul ─▶ Add ─▶ │ norm ─▶ … Mul ─▶ Add ─▶ Concat │ ─▶ Slice
 *   scope  transformer.layers.0         norm, attention, mlp alone
 *   is     transformer.layers.0         all between the bars, and the Slice before them that nothing else reads
 * </pre>
 *
 * A list counts where no entry has a node of its own and every entry has nodes of the other module between its own modules. An entry
 * ends where the fewest values lead on, and there as early as possible.
 */
final class OutsideBlocks {
    private static final Set<String> TAKES_APART = Set.of("Slice", "Split", "Squeeze", "Unsqueeze");
    private static final int NONE = -1;
    /** Entries of a list, and lists, beyond what any network has: work and memory grow with them times the nodes. */
    private static final int MOST = 1000;

    private final Graph graph;
    private final @Nullable ModulePath[] paths;
    private final Dependence dependence;
    private final List<ModulePath> entries;
    /** The entry that a node lies in, by index in the graph. */
    private final int[] entryOf;
    /** The entries with a node before and behind a node, with none of another module between them. */
    private final BitSet[] before;

    private final BitSet[] behind;

    private OutsideBlocks(
            Graph graph, @Nullable ModulePath[] paths, Dependence dependence, Collection<ModulePath> entries) {
        this.graph = graph;
        this.paths = paths;
        this.dependence = dependence;
        this.entries = List.copyOf(entries);
        this.entryOf = new int[paths.length];
        this.before = new BitSet[paths.length];
        this.behind = new BitSet[paths.length];
        Map<ModulePath, Integer> numbers = new HashMap<>();
        this.entries.forEach(entry -> numbers.put(entry, numbers.size()));
        for (int i = 0; i < paths.length; i++) {
            ModulePath path = paths[i];
            ModulePath entry = path == null ? null : path.entry();
            entryOf[i] = entry == null ? NONE : numbers.getOrDefault(entry, NONE);
        }
    }

    /** Puts the nodes that belong to such blocks into their paths. */
    static void place(Graph graph, @Nullable ModulePath[] paths) {
        Map<ModulePath, SortedMap<Integer, ModulePath>> lists = containers(paths);
        if (!lists.isEmpty()) {
            Dependence dependence = new Dependence(graph);
            lists.values().forEach(list -> new OutsideBlocks(graph, paths, dependence, list.values()).place());
        }
    }

    /** Lists of several entries that have no node of their own. */
    private static Map<ModulePath, SortedMap<Integer, ModulePath>> containers(@Nullable ModulePath[] paths) {
        Map<ModulePath, SortedMap<Integer, ModulePath>> lists = new HashMap<>();
        Set<ModulePath> called = new HashSet<>();
        for (ModulePath path : paths) {
            ModulePath entry = path == null ? null : path.entry();
            if (entry != null) {
                lists.computeIfAbsent(entry.parent(), key -> new TreeMap<>()).put(Integer.valueOf(entry.leaf()), entry);
                if (entry.equals(path)) {
                    called.add(entry.parent());
                }
            }
        }
        lists.keySet().removeAll(called);
        lists.values().removeIf(list -> list.size() < 2 || list.size() > MOST);
        return lists.size() > MOST ? Map.of() : lists;
    }

    private void place() {
        reach(null);
        ModulePath caller = caller();
        if (caller == null) {
            return;
        }
        reach(caller);
        for (Node node : graph.nodes()) {
            int between = between(node);
            if (between != NONE) {
                entryOf[node.index()] = between;
            }
        }
        closeAll();
        for (Node node : graph.nodes().reverse()) {
            open(node, caller);
        }
        for (int i = 0; i < paths.length; i++) {
            // A node in the middle without a path may lie deeper, which what surrounds it tells.
            boolean unknown = paths[i] == null && !before[i].intersects(behind[i]);
            if (entryOf[i] != NONE && (unknown || caller.equals(paths[i]))) {
                paths[i] = entries.get(entryOf[i]);
            }
        }
    }

    /** The module that computes every block; null where there is none. */
    private @Nullable ModulePath caller() {
        Map<ModulePath, Integer> counts = new HashMap<>();
        BitSet evident = new BitSet();
        for (Node node : graph.nodes()) {
            int between = between(node);
            ModulePath path = paths[node.index()];
            if (between != NONE && path != null) {
                evident.set(between);
                counts.merge(path, 1, Integer::sum);
            }
        }
        return evident.cardinality() < entries.size()
                ? null
                : counts.entrySet().stream()
                        .max(Map.Entry.<ModulePath, Integer>comparingByValue()
                                .thenComparing(Map.Entry.comparingByKey(Comparator.reverseOrder())))
                        .map(Map.Entry::getKey)
                        .orElse(null);
    }

    /** The entry that a node of no entry lies in the middle of. */
    private int between(Node node) {
        int index = node.index();
        if (entryOf[index] != NONE || !before[index].intersects(behind[index])) {
            return NONE;
        }
        BitSet both = (BitSet) before[index].clone();
        both.and(behind[index]);
        return both.nextSetBit(0);
    }

    /** @param caller the module whose nodes lead on; null for all outside of lists */
    private void reach(@Nullable ModulePath caller) {
        for (Node node : graph.nodes()) {
            BitSet entry = start(node);
            if (leadsOn(node, caller)) {
                for (Value read : node.reads()) {
                    if (read.producer() != null && dependence.isData(read)) {
                        entry.or(before[read.producer().index()]);
                    }
                }
            }
            before[node.index()] = entry;
        }
        for (Node node : graph.nodes().reverse()) {
            BitSet entry = start(node);
            if (leadsOn(node, caller)) {
                dataConsumers(node).forEach(consumer -> entry.or(behind[consumer.index()]));
            }
            behind[node.index()] = entry;
        }
    }

    private BitSet start(Node node) {
        BitSet entry = new BitSet();
        if (entryOf[node.index()] != NONE) {
            entry.set(entryOf[node.index()]);
        }
        return entry;
    }

    private boolean leadsOn(Node node, @Nullable ModulePath caller) {
        ModulePath path = paths[node.index()];
        return entryOf[node.index()] == NONE
                && dependence.isData(node)
                && !Operators.isWeighted(node)
                && (path == null || (caller == null ? path.entry() == null : path.equals(caller)));
    }

    private List<Node> dataConsumers(Node node) {
        List<Node> consumers = new ArrayList<>();
        for (Value value : node.writes()) {
            for (Node consumer : value.consumers()) {
                if (!dependence.isShapeArithmetic(consumer)) {
                    consumers.add(consumer);
                }
            }
        }
        return consumers;
    }

    /** Gives each entry the nodes behind its last module, to where the fewest values lead on. */
    private void closeAll() {
        List<List<Node>> inside = new ArrayList<>();
        List<List<Node>> behindIt = new ArrayList<>();
        for (int entry = 0; entry < entries.size(); entry++) {
            inside.add(new ArrayList<>());
            behindIt.add(new ArrayList<>());
        }
        for (Node node : graph.nodes()) {
            int entry = entryOf[node.index()];
            int last = before[node.index()].length() - 1;
            if (entry != NONE) {
                inside.get(entry).add(node);
            } else if (last >= 0) {
                behindIt.get(last).add(node);
            }
        }
        for (int entry = 0; entry < entries.size(); entry++) {
            for (Node node : closing(inside.get(entry), behindIt.get(entry))) {
                entryOf[node.index()] = entry;
            }
        }
    }

    private List<Node> closing(List<Node> entry, List<Node> behindIt) {
        Set<Node> inside = new HashSet<>(entry);
        Set<Value> leaving = new HashSet<>();
        inside.forEach(node ->
                node.writes().stream().filter(value -> leaves(value, inside)).forEach(leaving::add));
        int fewest = leaving.size();
        int end = 0;
        for (int i = 0; i < behindIt.size(); i++) {
            Node node = behindIt.get(i);
            inside.add(node);
            node.reads().stream()
                    .filter(value -> leaving.contains(value) && !leaves(value, inside))
                    .forEach(leaving::remove);
            node.writes().stream().filter(value -> leaves(value, inside)).forEach(leaving::add);
            if (leaving.size() < fewest) {
                fewest = leaving.size();
                end = i + 1;
            }
        }
        return behindIt.subList(0, end);
    }

    /** Whether something outside reads a value. */
    private boolean leaves(Value value, Set<Node> inside) {
        boolean read = value.isOutput()
                || value.consumers().stream()
                        .anyMatch(consumer -> !inside.contains(consumer) && !dependence.isShapeArithmetic(consumer));
        return read && dependence.isData(value);
    }

    /** What takes a value apart for one entry alone belongs to that entry. */
    private void open(Node node, ModulePath caller) {
        if (entryOf[node.index()] != NONE || !TAKES_APART.contains(node.opType()) || !leadsOn(node, caller)) {
            return;
        }
        BitSet readers = new BitSet();
        for (Node consumer : dataConsumers(node)) {
            if (entryOf[consumer.index()] == NONE) {
                return;
            }
            readers.set(entryOf[consumer.index()]);
        }
        if (readers.cardinality() == 1) {
            entryOf[node.index()] = readers.nextSetBit(0);
        }
    }
}
