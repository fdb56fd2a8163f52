package dev.reprise.optimizer;

import dev.reprise.graph.Node;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.FunctionProto;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The functions that a model defines, and which of them some of its nodes call, directly or through others. */
final class LocalFunctions {
    private record Key(String domain, String name, String overload) {}

    private final Map<Key, FunctionProto> functions = new HashMap<>();

    LocalFunctions(ModelProto model) {
        for (FunctionProto function : model.getFunctionsList()) {
            functions.put(new Key(function.getDomain(), function.getName(), function.getOverload()), function);
        }
    }

    Collection<FunctionProto> usedBy(List<Node> nodes) {
        Set<FunctionProto> used = new LinkedHashSet<>();
        if (!functions.isEmpty()) {
            nodes.forEach(node -> collect(node.proto(), used));
        }
        return used;
    }

    private void collect(NodeProto node, Set<FunctionProto> used) {
        FunctionProto function = functions.get(new Key(node.getDomain(), node.getOpType(), node.getOverload()));
        if (function != null && used.add(function)) {
            function.getNodeList().forEach(inner -> collect(inner, used));
        }
        for (AttributeProto attribute : node.getAttributeList()) {
            if (attribute.hasG()) {
                collect(attribute.getG(), used);
            }
            attribute.getGraphsList().forEach(body -> collect(body, used));
        }
    }

    private void collect(GraphProto body, Set<FunctionProto> used) {
        body.getNodeList().forEach(node -> collect(node, used));
    }
}
