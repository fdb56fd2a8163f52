package dev.reprise.optimizer.inline;

import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.FunctionProto;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.NodeProto;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the names in a function mean for one call of it: inputs are what the call passes, everything else gets a name of its own. The
 * scope of the main graph changes nothing.
 */
final class FunctionScope {
    private final @Nullable FunctionProto function;
    private final @Nullable NodeProto call;
    private final @Nullable FunctionScope caller;
    private final @Nullable FunctionScope outer;
    private final CallPath path;
    private final UniqueNames unique;
    private final Map<String, String> names = new HashMap<>();

    private FunctionScope(
            @Nullable FunctionProto function,
            @Nullable NodeProto call,
            @Nullable FunctionScope caller,
            @Nullable FunctionScope outer,
            CallPath path,
            UniqueNames unique) {
        this.function = function;
        this.call = call;
        this.caller = caller;
        this.outer = outer;
        this.path = path;
        this.unique = unique;
    }

    static FunctionScope main(UniqueNames unique) {
        return new FunctionScope(null, null, null, null, CallPath.UNMOVED, unique);
    }

    /** The scope of a function's body for a call, whose names are those of this scope already. */
    FunctionScope call(FunctionProto called, NodeProto node) {
        if (node.getInputCount() > called.getInputCount() || node.getOutputCount() > called.getOutputCount()) {
            throw new InvalidModelException("node '" + node.getName() + "' calls function '"
                    + LocalFunctions.title(called) + "' with " + node.getInputCount() + " inputs and "
                    + node.getOutputCount() + " outputs; it has " + called.getInputCount() + " and "
                    + called.getOutputCount());
        }
        FunctionScope scope = new FunctionScope(called, node, this, null, CallPath.of(called, node), unique);
        for (int i = 0; i < called.getInputCount(); i++) {
            scope.bind(called.getInput(i), i < node.getInputCount() ? node.getInput(i) : "");
        }
        Set<String> made = new HashSet<>();
        called.getNodeList().forEach(inner -> made.addAll(inner.getOutputList()));
        for (int i = 0; i < node.getOutputCount(); i++) {
            String formal = called.getOutput(i);
            if (made.contains(formal) && !node.getOutput(i).isEmpty() && !scope.names.containsKey(formal)) {
                scope.bind(formal, node.getOutput(i));
            }
        }
        Set<String> bound = Set.copyOf(scope.names.keySet());
        for (NodeProto inner : called.getNodeList()) {
            inner.getOutputList().stream().filter(name -> !bound.contains(name)).forEach(scope::define);
        }
        return scope;
    }

    /** The scope of a body (If, Loop) of one of its nodes. */
    FunctionScope body(GraphProto body) {
        FunctionScope scope = new FunctionScope(function, call, caller, this, path, unique);
        if (function != null) {
            body.getInputList().forEach(input -> scope.define(input.getName()));
            body.getInitializerList().stream()
                    .map(tensor -> tensor.getName())
                    .filter(name -> !scope.names.containsKey(name))
                    .forEach(scope::define);
            body.getSparseInitializerList()
                    .forEach(tensor -> scope.define(tensor.getValues().getName()));
            body.getNodeList().forEach(node -> node.getOutputList().forEach(scope::define));
        }
        return scope;
    }

    boolean isMain() {
        return function == null;
    }

    /** Gives a node of the function its name and module path in the graph. */
    void label(NodeProto inner, NodeProto.Builder node) {
        if (call != null) {
            path.label(inner, call, node);
        }
    }

    /** Functions around this place, the one that it is in included. */
    int depth() {
        int depth = 0;
        for (FunctionScope scope = this; scope != null; scope = scope.caller) {
            depth += scope.isMain() ? 0 : 1;
        }
        return depth;
    }

    boolean isWithin(FunctionProto other) {
        for (FunctionScope scope = this; scope != null; scope = scope.caller) {
            if (other.equals(scope.function)) {
                return true;
            }
        }
        return false;
    }

    /** The graph's name of a value. */
    String name(String inner) {
        if (function == null || inner.isEmpty()) {
            return inner;
        }
        for (FunctionScope scope = this; scope != null; scope = scope.outer) {
            String name = scope.names.get(inner);
            if (name != null) {
                return name;
            }
        }
        throw new InvalidModelException("function '" + LocalFunctions.title(function) + "' reads '" + inner
                + "', but neither its nodes nor its inputs make it");
    }

    List<String> names(List<String> inner) {
        return inner.stream().map(this::name).toList();
    }

    /** What the call, or else the function, gives for an attribute of the function; null for nothing. */
    @Nullable
    AttributeProto attribute(String parameter) {
        if (function == null || call == null) {
            return null;
        }
        for (List<AttributeProto> given : List.of(call.getAttributeList(), function.getAttributeProtoList())) {
            for (AttributeProto value : given) {
                if (value.getName().equals(parameter)) {
                    return value;
                }
            }
        }
        return null;
    }

    private void bind(String inner, String name) {
        if (names.put(inner, name) != null) {
            throw new InvalidModelException("value '" + inner + "' is defined twice in a call of '"
                    + (call == null ? "" : call.getOpType()) + "'");
        }
    }

    private void define(String inner) {
        if (!inner.isEmpty()) {
            bind(inner, unique.like(path.movedName(inner)));
        }
    }
}
