package dev.reprise.optimizer.inline;

import dev.reprise.graph.Bodies;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.onnx.FunctionProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The functions that a model defines, and which of them some of its nodes call, directly or through others. */
public final class LocalFunctions {
    private record Key(String domain, String name, String overload) {}

    private final Map<Key, FunctionProto> functions = new HashMap<>();

    public LocalFunctions(ModelProto model) {
        for (FunctionProto function : model.getFunctionsList()) {
            Key key = new Key(function.getDomain(), function.getName(), function.getOverload());
            if (functions.put(key, function) != null) {
                throw new InvalidModelException("function '" + title(function) + "' is defined twice");
            }
        }
    }

    /** How messages name a function. */
    static String title(FunctionProto function) {
        return function.getDomain() + "." + function.getName();
    }

    /** The function that a node calls, null where it is an operator. */
    @Nullable
    FunctionProto calledBy(NodeProto node) {
        return functions.get(new Key(node.getDomain(), node.getOpType(), node.getOverload()));
    }

    public Collection<FunctionProto> usedBy(List<NodeProto> nodes) {
        Set<FunctionProto> used = new LinkedHashSet<>();
        if (!functions.isEmpty()) {
            nodes.forEach(node -> collect(node, used));
        }
        return used;
    }

    private void collect(NodeProto node, Set<FunctionProto> used) {
        FunctionProto function = calledBy(node);
        if (function != null && used.add(function)) {
            function.getNodeList().forEach(inner -> collect(inner, used));
        }
        Bodies.of(node).forEach(body -> body.getNodeList().forEach(inner -> collect(inner, used)));
    }
}
