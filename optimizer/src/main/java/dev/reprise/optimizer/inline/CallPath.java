package dev.reprise.optimizer.inline;

import dev.reprise.graph.ModulePath;
import dev.reprise.graph.onnx.FunctionProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.optimizer.paths.ParameterPaths;
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
    /** A module of the function's names and the one of the graph that it stands for; both the root where names stay as they are. */
    private record Move(ModulePath from, ModulePath to) {}

    /** Of what is in no function. */
    static final CallPath UNMOVED = new CallPath(new Move(ModulePath.ROOT, ModulePath.ROOT), null);

    /** Null where nothing tells which module a call stands for: no path is better than that of another module. */
    private final @Nullable Move move;
    /** The module that all nodes of the call lie in or below, null where nothing tells or it is the root. */
    private final @Nullable ModulePath module;

    private CallPath(@Nullable Move move, @Nullable ModulePath module) {
        this.move = move;
        this.module = module;
    }

    /**
     * Finds the path of a call.
     *
     * @param call the calling node with the names that it has in the graph
     */
    static CallPath of(FunctionProto function, NodeProto call) {
        ModulePath inner = ModulePath.common(function.getNodeList().stream()
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
            ModulePath module = calledModule(call);
            return new CallPath(module == null ? null : new Move(ModulePath.ROOT, module), rootToNull(module));
        }
        return new CallPath(move, rootToNull(inner == null ? move.to() : moved(move, inner)));
    }

    /** The name in the graph that a value or node of the function wants. */
    String movedName(String name) {
        ModulePath path = ScopeReader.fromSlashes(name);
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
        ModulePath scope = ScopeReader.fromMetadata(inner);
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
        ModulePath path = module;
        for (String input : node.getInputList()) {
            ModulePath owner = ParameterPaths.moduleOf(input);
            path = owner != null && owner.isIn(path) ? owner : path;
        }
        String name = inner.getName().isEmpty() ? inner.getOpType() : inner.getName();
        node.setName(ScopeReader.toSlashes(path, name.replace('/', '_')));
    }

    private static ModulePath moved(Move move, ModulePath path) {
        if (move.from().equals(move.to())) {
            return path;
        }
        // A node of another module inside of the function, such as a computation that several modules share, keeps its
        // path.
        return path.isIn(move.from()) ? move.to().append(path.relativeTo(move.from())) : path;
    }

    /** Names of values that both sides make: exact even where modules share equal weights. */
    private static @Nullable Move byOutputs(FunctionProto function, NodeProto call) {
        for (int i = 0; i < Math.min(function.getOutputCount(), call.getOutputCount()); i++) {
            String formal = function.getOutput(i);
            ModulePath inner = ScopeReader.fromSlashes(formal);
            ModulePath outer = ScopeReader.fromSlashes(call.getOutput(i));
            if (inner != null && outer != null && !function.getInputList().contains(formal)) {
                return withoutCommonEnd(inner, outer);
            }
        }
        return null;
    }

    /** The module of the call's name or of the weights it passes, where that is one like the function's but for indices. */
    private static @Nullable Move byName(ModulePath inner, NodeProto call) {
        List<ModulePath> candidates = new ArrayList<>();
        ModulePath whole = moduleName(call);
        if (whole != null) {
            candidates.add(whole);
            candidates.add(whole.parent());
        }
        ModulePath weights = moduleOfWeights(call);
        if (weights != null) {
            candidates.add(weights);
        }
        for (ModulePath outer : candidates) {
            String pattern = withoutIndices(outer);
            for (ModulePath from = inner; !from.isRoot() && !outer.isRoot(); from = from.parent()) {
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
            ModulePath inner = ParameterPaths.moduleOf(function.getInput(i));
            ModulePath outer = ParameterPaths.moduleOf(call.getInput(i));
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
    private static Move withoutCommonEnd(ModulePath inner, ModulePath outer) {
        ModulePath from = inner;
        ModulePath to = outer;
        while (!from.isRoot() && !to.isRoot() && from.leaf().equals(to.leaf())) {
            from = from.parent();
            to = to.parent();
        }
        return new Move(from, to);
    }

    /** The module that a call's name or else its weights tell, the root included, null where neither does. */
    private static @Nullable ModulePath calledModule(NodeProto call) {
        ModulePath whole = moduleName(call);
        if (whole == null) {
            return moduleOfWeights(call);
        }
        // /blocks.0/attn/Attention_1 is a node of blocks.0.attn; /blocks.0/attn is named by the module alone.
        String leaf = whole.leaf().replaceFirst("_\\d+$", "");
        return leaf.equals(call.getOpType()) ? whole.parent() : whole;
    }

    /** A call's metadata, or all of its name as a path, the last part included: /blocks.0/attn is blocks.0.attn. */
    private static @Nullable ModulePath moduleName(NodeProto call) {
        ModulePath path = ScopeReader.fromMetadata(call);
        return path == null ? ScopeReader.fromSlashes(call.getName() + "/") : path;
    }

    /** What the weights that a call passes have in common, if they are of several modules. */
    private static @Nullable ModulePath moduleOfWeights(NodeProto call) {
        Set<ModulePath> modules = new LinkedHashSet<>();
        for (String input : call.getInputList()) {
            ModulePath module = ParameterPaths.moduleOf(input);
            if (module != null) {
                modules.add(module);
            }
        }
        return modules.size() < 2 ? null : rootToNull(ModulePath.common(modules));
    }

    private static String withoutIndices(ModulePath path) {
        List<String> parts = new ArrayList<>();
        for (String part : path.names()) {
            parts.add(part.chars().allMatch(Character::isDigit) ? "#" : part);
        }
        return String.join(".", parts);
    }

    private static @Nullable ModulePath rootToNull(@Nullable ModulePath path) {
        return path == null || path.isRoot() ? null : path;
    }
}
