package dev.reprise.optimizer.locate;

import dev.reprise.graph.Graph;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.optimizer.api.Warning;
import dev.reprise.optimizer.operators.Operators;
import dev.reprise.optimizer.paths.ModulePaths;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds attention modules by structure: the smallest module around an attention core (softmax of a product that weights another
 * product, or a fused operator) that holds the projections feeding it. Linear attention has no softmax; it is found by name, and
 * counts when it has at least query, key and value projections and a product of two activations.
 *
 * <pre>
 *   to_q ─┐
 *   to_k ─┴ MatMul ─ Softmax ─┐
 *   to_v ─────────────────────┴ MatMul ─ to_out ─▶ output
 * </pre>
 */
public final class AttentionLocator {
    private static final Pattern NAME = Pattern.compile("(?i)(.*_)?(attn|attention)\\d*(_.*)?");

    private final Graph graph;
    private final ModulePaths paths;
    private final ModuleBorder border;
    private final List<Warning> warnings;

    public AttentionLocator(Graph graph, ModulePaths paths, ModuleBorder border, List<Warning> warnings) {
        this.graph = graph;
        this.paths = paths;
        this.border = border;
        this.warnings = warnings;
    }

    public List<LocatedModule> locate() {
        Map<String, Set<Node>> cores = new LinkedHashMap<>();
        int lost = 0;
        for (Node node : graph.nodes()) {
            if (Operators.isFusedAttention(node) || (Operators.isSoftmax(node) && weightsProduct(node, 0))) {
                String module = around(node);
                if (module.isEmpty()) {
                    lost++;
                } else {
                    cores.computeIfAbsent(module, key -> new LinkedHashSet<>()).add(node);
                }
            }
        }
        if (lost > 0) {
            warnings.add(new Warning(
                    Warning.Code.UNLOCATED_ATTENTION,
                    lost
                            + " attention cores lie in no module of their own: their nodes lost their names, or the attention is "
                            + "computed in the block itself"));
        }
        for (String path : paths.all()) {
            if (NAME.matcher(ModulePaths.leaf(path)).matches() && !touches(cores.keySet(), path)) {
                Set<Node> products = linearAttention(path);
                if (!products.isEmpty()) {
                    cores.put(path, products);
                }
            }
        }
        List<LocatedModule> located = new ArrayList<>();
        cores.forEach((path, core) -> {
            LocatedModule module = border.draw(path, kind(path, core), core);
            if (module.outputs().isEmpty()) {
                warnings.add(new Warning(
                        Warning.Code.UNLOCATED_ATTENTION, path + " has no output that depends on its attention"));
            } else {
                located.add(module);
            }
        });
        return located;
    }

    /** Whether a softmax, perhaps cast, masked or dropped out, is a factor of a product. */
    private static boolean weightsProduct(Node node, int depth) {
        for (Value output : node.writes()) {
            for (Node consumer : output.consumers()) {
                if (Operators.isProduct(consumer) && !Operators.isWeighted(consumer)) {
                    return true;
                }
                if (depth < 8 && !Operators.isProduct(consumer) && weightsProduct(consumer, depth + 1)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The smallest module around a core with a projection that feeds it; "" when that is a block, or nothing. */
    private String around(Node core) {
        String module = paths.of(core);
        while (module != null && !module.isEmpty()) {
            Set<Node> inside = new HashSet<>(paths.nodesIn(module));
            if (border.backward(inside, Set.of(core)).stream().anyMatch(Operators::isWeighted)) {
                boolean isBlock = isIndex(ModulePaths.leaf(module)) && hasModuleNamedAsFeedForward(module);
                return isBlock || isList(module) ? "" : module;
            }
            module = ModulePaths.parent(module);
        }
        return "";
    }

    private boolean hasModuleNamedAsFeedForward(String module) {
        return paths.all().stream()
                .anyMatch(path -> ModulePaths.isBelow(path, module) && FeedForwardLocator.isNamed(path, paths));
    }

    private boolean isList(String module) {
        return paths.all().stream()
                .anyMatch(path -> ModulePaths.parent(path).equals(module) && isIndex(ModulePaths.leaf(path)));
    }

    private static boolean isIndex(String leaf) {
        return leaf.chars().allMatch(Character::isDigit);
    }

    private static boolean touches(Set<String> modules, String path) {
        return modules.stream()
                .anyMatch(module -> ModulePaths.isBelow(module, path) || ModulePaths.isBelow(path, module));
    }

    /** The products of two activations of a module with at least three projections. */
    private Set<Node> linearAttention(String path) {
        Set<Node> products = new LinkedHashSet<>();
        int projections = 0;
        for (Node node : paths.nodesIn(path)) {
            if (Operators.isWeighted(node)) {
                projections++;
            } else if (Operators.isProduct(node)) {
                products.add(node);
            }
        }
        return projections >= 3 ? products : Set.of();
    }

    /**
     * Cross-attention when keys come from other values than queries; joint when both come from the same two; self otherwise.
     */
    private ModuleKind kind(String path, Set<Node> core) {
        Set<Node> inside = new HashSet<>(paths.nodesIn(path));
        List<Set<Value>> sources = new ArrayList<>();
        for (Node node : core) {
            List<Value> operands = queryAndKey(node, inside);
            if (operands.size() == 2) {
                sources.add(sources(operands.get(0), inside));
                sources.add(sources(operands.get(1), inside));
                break;
            }
        }
        if (sources.isEmpty()) {
            inside.stream()
                    .filter(Operators::isWeighted)
                    .sorted((a, b) -> Integer.compare(a.index(), b.index()))
                    .limit(2)
                    .forEach(projection -> sources.add(sourcesOf(projection, inside)));
        }
        if (sources.size() < 2) {
            return ModuleKind.SELF_ATTENTION;
        }
        Set<Value> query = sources.get(0);
        Set<Value> key = sources.get(1);
        if (!query.isEmpty() && !key.isEmpty() && query.stream().noneMatch(key::contains)) {
            return ModuleKind.CROSS_ATTENTION;
        }
        return query.size() > 1 && query.equals(key) ? ModuleKind.JOINT_ATTENTION : ModuleKind.SELF_ATTENTION;
    }

    /** The operands of the product of queries and keys behind a core. */
    private static List<Value> queryAndKey(Node core, Set<Node> inside) {
        if (Operators.isFusedAttention(core)) {
            Value query = core.input(0);
            Value key = core.input(1);
            return query == null || key == null || (!core.domain().isEmpty() && key.isStored())
                    ? List.of()
                    : List.of(query, key);
        }
        Node node = core;
        for (int depth = 0; depth < 12; depth++) {
            Node next = null;
            for (Value read : node.reads()) {
                Node producer = read.producer();
                if (producer == null || !inside.contains(producer)) {
                    continue;
                }
                if (Operators.isProduct(producer) && !Operators.isWeighted(producer)) {
                    Value left = producer.input(0);
                    Value right = producer.input(1);
                    return left == null || right == null ? List.of() : List.of(left, right);
                }
                next = next == null ? producer : next;
            }
            if (next == null) {
                return List.of();
            }
            node = next;
        }
        return List.of();
    }

    /** What enters the module and is projected into an operand. */
    private Set<Value> sources(Value operand, Set<Node> inside) {
        Set<Value> sources = new LinkedHashSet<>();
        Node producer = operand.producer();
        if (producer == null || !inside.contains(producer)) {
            sources.add(operand);
            return sources;
        }
        Set<Node> projections = new LinkedHashSet<>();
        nearestProjections(producer, inside, new HashSet<>(), projections);
        projections.forEach(projection -> sources.addAll(sourcesOf(projection, inside)));
        return sources;
    }

    private void nearestProjections(Node node, Set<Node> inside, Set<Node> seen, Set<Node> projections) {
        if (!inside.contains(node) || !seen.add(node)) {
            return;
        }
        if (Operators.isWeighted(node)) {
            projections.add(node);
            return;
        }
        for (Value read : node.reads()) {
            if (read.producer() != null && border.isData(read)) {
                nearestProjections(read.producer(), inside, seen, projections);
            }
        }
    }

    private Set<Value> sourcesOf(Node projection, Set<Node> inside) {
        Set<Value> sources = new LinkedHashSet<>();
        for (Node node : border.backward(inside, Set.of(projection))) {
            for (Value read : node.reads()) {
                if (entersAsData(read, inside)) {
                    sources.add(origin(read));
                }
            }
        }
        return sources;
    }

    /** The tensor that a value is another layout or precision of: optimizers and quantizers make one for each projection. */
    private static Value origin(Value value) {
        Value origin = value;
        while (origin.producer() != null
                && (Operators.isReshape(origin.producer()) || Operators.isQuantization(origin.producer()))) {
            Value before = origin.producer().input(0);
            if (before == null) {
                break;
            }
            origin = before;
        }
        return origin;
    }

    private boolean entersAsData(@Nullable Value value, Set<Node> inside) {
        return value != null && border.isData(value) && !inside.contains(value.producer());
    }
}
