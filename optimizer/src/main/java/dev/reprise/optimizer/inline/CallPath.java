package dev.reprise.optimizer.inline;

import dev.reprise.graph.onnx.FunctionProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.optimizer.paths.ModulePaths;
import dev.reprise.optimizer.paths.ScopeReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the nodes of a function lie for one call of it. An exporter writes a function from the first module of its class, so inner
 * names are those of that module, and what the call makes or reads tells which module it stands for:
 *
 * <pre>
 * function makes  /transformer_blocks.0/ff/net.2/Add_output_0
 * call makes      /transformer_blocks.3/ff/net.2/Add_output_0
 *                 ⇒ transformer_blocks.0 → transformer_blocks.3 in every inner name
 * </pre>
 *
 * Functions whose inner names are relative, or that have none, lie in the module that the call names or whose weights it passes.
 */
final class CallPath {
    /** A module of the function's names and the one of the graph that it stands for; both "" where names stay as they are. */
    private record Move(String from, String to) {}

    /** Of what is in no function. */
    static final CallPath UNMOVED = new CallPath(new Move("", ""), null);

    /** Null where nothing tells which module a call stands for: no path is better than that of another module. */
    private final @Nullable Move move;
    /** The module that all nodes of the call lie in or below, null where nothing tells or it is the root. */
    private final @Nullable String module;

    private CallPath(@Nullable Move move, @Nullable String module) {
        this.move = move;
        this.module = module;
    }

    /**
     * Finds the path of a call.
     *
     * @param call the calling node with the names that it has in the graph
     */
    static CallPath of(FunctionProto function, NodeProto call) {
        String inner = ModulePaths.shared(function.getNodeList().stream()
                .map(ScopeReader::of)
                .filter(Objects::nonNull)
                .toList());
        Move move = byOutputs(function, call);
        if (move == null && inner != null) {
            move = byName(inner, call);
        }
        if (move == null) {
            move = byWeights(function, call);
        }
        if (move == null) {
            String module = calledModule(call);
            return new CallPath(module == null ? null : new Move("", module), emptyToNull(module));
        }
        return new CallPath(move, emptyToNull(inner == null ? move.to() : moved(move, inner)));
    }

    /** The name in the graph that a value or node of the function wants. */
    String movedName(String name) {
        String path = ScopeReader.fromSlashes(name);
        if (move != null && path != null) {
            return ScopeReader.toSlashes(moved(move, path), name.substring(name.lastIndexOf('/') + 1));
        }
        String flat = path == null ? name : name.substring(1).replace('/', '_');
        return module == null ? flat : ScopeReader.toSlashes(module, flat.replace('/', '_'));
    }

    /**
     * Gives a node its name and path in the graph.
     *
     * @param inner the node in the function
     * @param node the same with the inputs and outputs that it has in the graph
     */
    void label(NodeProto inner, NodeProto call, NodeProto.Builder node) {
        String scope = ScopeReader.fromMetadata(inner);
        if (scope != null && move != null) {
            ScopeReader.setMetadata(node, moved(move, scope));
        } else {
            ScopeReader.copyMetadata(call, node);
        }
        if (module == null || ScopeReader.of(inner) != null) {
            node.setName(
                    ScopeReader.fromSlashes(inner.getName()) == null ? inner.getName() : movedName(inner.getName()));
            return;
        }
        String path = module;
        for (String input : node.getInputList()) {
            String owner = ModulePaths.moduleOfWeight(input);
            path = owner != null && ModulePaths.isBelow(owner, path) ? owner : path;
        }
        String name = inner.getName().isEmpty() ? inner.getOpType() : inner.getName();
        node.setName(ScopeReader.toSlashes(path, name.replace('/', '_')));
    }

    private static String moved(Move move, String path) {
        if (move.from().equals(move.to())) {
            return path;
        }
        if (move.from().isEmpty()) {
            return join(move.to(), path);
        }
        // What leaked in from elsewhere, such as a computation that several modules share, stays there.
        return ModulePaths.isBelow(path, move.from())
                ? join(
                        move.to(),
                        path.substring(Math.min(path.length(), move.from().length() + 1)))
                : path;
    }

    private static String join(String module, String path) {
        return module.isEmpty() || path.isEmpty() ? module + path : module + "." + path;
    }

    /** Names of values that both sides make: exact even where modules share equal weights. */
    private static @Nullable Move byOutputs(FunctionProto function, NodeProto call) {
        for (int i = 0; i < Math.min(function.getOutputCount(), call.getOutputCount()); i++) {
            String formal = function.getOutput(i);
            String inner = ScopeReader.fromSlashes(formal);
            String outer = ScopeReader.fromSlashes(call.getOutput(i));
            if (inner != null && outer != null && !function.getInputList().contains(formal)) {
                return withoutCommonEnd(inner, outer);
            }
        }
        return null;
    }

    /** The module of the call's name or of the weights it passes, where that is one like the function's but for indices. */
    private static @Nullable Move byName(String inner, NodeProto call) {
        List<String> candidates = new ArrayList<>();
        String whole = moduleName(call);
        if (whole != null) {
            candidates.add(whole);
            candidates.add(ModulePaths.parent(whole));
        }
        String weights = moduleOfWeights(call);
        if (weights != null) {
            candidates.add(weights);
        }
        for (String outer : candidates) {
            String pattern = withoutIndices(outer);
            for (String from = inner; !from.isEmpty() && !outer.isEmpty(); from = ModulePaths.parent(from)) {
                if (withoutIndices(from).equals(pattern)) {
                    return new Move(from, outer);
                }
            }
        }
        return null;
    }

    /** Names of weights that the call passes; most must agree, since exporters merge equal weights of different modules. */
    private static @Nullable Move byWeights(FunctionProto function, NodeProto call) {
        Map<Move, Integer> votes = new HashMap<>();
        Move best = null;
        for (int i = 0; i < Math.min(function.getInputCount(), call.getInputCount()); i++) {
            String inner = ModulePaths.moduleOfWeight(function.getInput(i));
            String outer = ModulePaths.moduleOfWeight(call.getInput(i));
            if (inner != null && outer != null) {
                Move move = withoutCommonEnd(inner, outer);
                int count = votes.merge(move, 1, Integer::sum);
                if (best == null || count > votes.getOrDefault(best, 0)) {
                    best = move;
                }
            }
        }
        return best;
    }

    /** blocks.0.ff.net.2 and blocks.3.ff.net.2 differ by blocks.0 and blocks.3. */
    private static Move withoutCommonEnd(String inner, String outer) {
        String from = inner;
        String to = outer;
        while (!from.isEmpty() && !to.isEmpty() && ModulePaths.leaf(from).equals(ModulePaths.leaf(to))) {
            from = ModulePaths.parent(from);
            to = ModulePaths.parent(to);
        }
        return new Move(from, to);
    }

    /** The module that a call's name or else its weights tell, "" for the root, null where neither does. */
    private static @Nullable String calledModule(NodeProto call) {
        String whole = moduleName(call);
        if (whole == null) {
            return moduleOfWeights(call);
        }
        // /blocks.0/attn/Attention_1 is a node of blocks.0.attn; /blocks.0/attn is named by the module alone.
        String leaf = ModulePaths.leaf(whole).replaceFirst("_\\d+$", "");
        return leaf.equals(call.getOpType()) ? ModulePaths.parent(whole) : whole;
    }

    /** A call's metadata, or all of its name as a path, the last part included: /blocks.0/attn is blocks.0.attn. */
    private static @Nullable String moduleName(NodeProto call) {
        String path = ScopeReader.fromMetadata(call);
        return path == null ? ScopeReader.fromSlashes(call.getName() + "/") : path;
    }

    /** What the weights that a call passes have in common, if they are of several modules. */
    private static @Nullable String moduleOfWeights(NodeProto call) {
        Set<String> modules = new LinkedHashSet<>();
        for (String input : call.getInputList()) {
            String module = ModulePaths.moduleOfWeight(input);
            if (module != null) {
                modules.add(module);
            }
        }
        return modules.size() < 2 ? null : emptyToNull(ModulePaths.shared(modules));
    }

    private static String withoutIndices(String path) {
        List<String> parts = new ArrayList<>();
        for (String part : path.split("\\.", -1)) {
            parts.add(part.chars().allMatch(Character::isDigit) ? "#" : part);
        }
        return String.join(".", parts);
    }

    private static @Nullable String emptyToNull(@Nullable String path) {
        return path == null || path.isEmpty() ? null : path;
    }
}
