package dev.reprise.optimizer.locate;

import dev.reprise.graph.Graph;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
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

    /** Nodes on the way from a softmax to the product that it weights: casts, masks, dropout. */
    private static final int MOST_GUARDS = 8;

    private final Graph graph;
    private final ModulePaths paths;
    private final ModuleBorder border;
    private final AttentionKind kind;
    private final List<Warning> warnings;

    public AttentionLocator(Graph graph, ModulePaths paths, ModuleBorder border, List<Warning> warnings) {
        this.graph = graph;
        this.paths = paths;
        this.border = border;
        this.kind = new AttentionKind(border);
        this.warnings = warnings;
    }

    public List<LocatedModule> locate() {
        Map<String, Set<Node>> cores = new LinkedHashMap<>();
        int lost = 0;
        for (Node node : graph.nodes()) {
            if (Operators.isFusedAttention(node) || (Operators.isSoftmax(node) && weightsProduct(node))) {
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
            LocatedModule module = border.draw(path, kind.of(new HashSet<>(paths.nodesIn(path)), core), core);
            if (module.outputs().isEmpty()) {
                warnings.add(new Warning(
                        Warning.Code.UNLOCATED_ATTENTION, path + " has no output that depends on its attention"));
            } else {
                located.add(module);
            }
        });
        return located;
    }

    /** Whether a softmax, perhaps cast, masked or dropped out, is a factor of a product of two activations. */
    private static boolean weightsProduct(Node softmax) {
        Set<Node> seen = new HashSet<>();
        Set<Node> reached = Set.of(softmax);
        for (int distance = 0; distance <= MOST_GUARDS && !reached.isEmpty(); distance++) {
            Set<Node> next = new LinkedHashSet<>();
            for (Node node : reached) {
                for (Value output : node.writes()) {
                    for (Node consumer : output.consumers()) {
                        if (Operators.isProduct(consumer)) {
                            if (!Operators.isWeighted(consumer)) {
                                return true;
                            }
                        } else if (seen.add(consumer)) {
                            next.add(consumer);
                        }
                    }
                }
            }
            reached = next;
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
}
