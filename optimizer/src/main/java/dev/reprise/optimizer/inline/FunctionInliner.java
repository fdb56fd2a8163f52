package dev.reprise.optimizer.inline;

import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.Node;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.FunctionProto;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.OperatorSetIdProto;
import dev.reprise.graph.onnx.SparseTensorProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Puts the nodes of local functions where these are called, so that modules inside of functions can be located and cut.
 *
 * <pre>
 * before  x ─▶ FeedForward "/blocks.1/ff" ─▶ y              one function for the feed-forwards of all blocks
 * after   x ─▶ MatMul "/blocks.1/ff/net.0/MatMul" ─▶ … ─▶ y
 * </pre>
 *
 * Names and attributes become those of the call ({@link FunctionScope}, {@link CallPath}). Calls stay where inlining could change what
 * ONNX Runtime computes: functions of an operator domain that it may have a kernel for, or of other operator set versions.
 */
public final class FunctionInliner {
    /** Nodes, their inputs and outputs: far above any real model, far below what exhausts a heap. */
    private static final int MAX_SIZE = 4_000_000;

    private static final int MAX_DEPTH = 64;

    private final OnnxModel model;
    private final LocalFunctions functions;
    private final UniqueNames unique;
    private final Map<String, Long> opsets = new HashMap<>();
    private final List<OperatorSetIdProto> added = new ArrayList<>();
    private final Map<FunctionProto, Boolean> inlinable = new HashMap<>();
    private long size;

    private FunctionInliner(OnnxModel model) {
        this.model = model;
        functions = new LocalFunctions(model.proto());
        unique = new UniqueNames(model.proto().getGraph());
        for (OperatorSetIdProto opset : model.proto().getOpsetImportList()) {
            opsets.put(domain(opset), opset.getVersion());
        }
    }

    /**
     * Inlines all calls, nested ones included.
     *
     * @throws InvalidModelException when functions call themselves, expand beyond bounds, or a call does not fit its function
     */
    public static OnnxModel inline(OnnxModel model) {
        if (model.proto().getFunctionsCount() == 0) {
            return model;
        }
        try {
            return model.rewritten(new FunctionInliner(model).inlined());
        } catch (InvalidModelException e) {
            throw new InvalidModelException(model.fileName() + ": " + e.getMessage(), e);
        }
    }

    private ModelProto inlined() {
        GraphProto graph = model.proto().getGraph();
        // Some exporters describe values inside of functions under the name that they have in one call.
        List<ValueInfoProto> known = graph.getValueInfoList().stream()
                .filter(info -> unique.isTaken(info.getName()))
                .toList();
        List<NodeProto> nodes = new ArrayList<>();
        FunctionScope main = FunctionScope.main(unique);
        graph.getNodeList().forEach(node -> add(node, main, nodes));
        return model.proto().toBuilder()
                .setGraph(graph.toBuilder()
                        .clearNode()
                        .addAllNode(nodes)
                        .clearValueInfo()
                        .addAllValueInfo(known))
                .addAllOpsetImport(added)
                .clearFunctions()
                .addAllFunctions(functions.usedBy(nodes))
                .build();
    }

    private void add(NodeProto inner, FunctionScope scope, List<NodeProto> nodes) {
        grow(1L + inner.getInputCount() + inner.getOutputCount());
        NodeProto node = placed(inner, scope);
        FunctionProto function = functions.calledBy(node);
        if (function == null || !inlinable.computeIfAbsent(function, this::isInlinable)) {
            nodes.add(node);
            return;
        }
        if (scope.isWithin(function)) {
            throw new InvalidModelException("function '" + LocalFunctions.title(function) + "' calls itself");
        }
        if (scope.depth() == MAX_DEPTH) {
            throw new InvalidModelException("functions call each other more than " + MAX_DEPTH + " deep");
        }
        grow((long) function.getInputCount() + function.getOutputCount());
        FunctionScope body = scope.call(function, node);
        function.getNodeList().forEach(next -> add(next, body, nodes));
        for (int i = 0; i < node.getOutputCount(); i++) {
            String made = body.name(function.getOutput(i));
            String wanted = node.getOutput(i);
            if (!wanted.isEmpty() && !made.equals(wanted)) {
                // An input that the function returns, or a value that it returns twice.
                nodes.add(NodeProto.newBuilder()
                        .setOpType("Identity")
                        .setName(unique.like(node.getName() + "/Identity"))
                        .addInput(made)
                        .addOutput(wanted)
                        .build());
            }
        }
    }

    /** A node as it is in the graph: names, attributes and bodies of one scope. */
    private NodeProto placed(NodeProto inner, FunctionScope scope) {
        NodeProto.Builder node = inner.toBuilder();
        if (!scope.isMain()) {
            node.clearInput().addAllInput(scope.names(inner.getInputList()));
            node.clearOutput().addAllOutput(scope.names(inner.getOutputList()));
            scope.label(inner, node);
            if (!node.getName().isEmpty()) {
                node.setName(unique.like(node.getName()));
            }
        }
        node.clearAttribute();
        for (AttributeProto attribute : inner.getAttributeList()) {
            if (scope.isMain() || attribute.getRefAttrName().isEmpty()) {
                node.addAttribute(placed(attribute, scope));
                continue;
            }
            // What the call passes is in the caller's names already.
            AttributeProto given = scope.attribute(attribute.getRefAttrName());
            if (given != null) {
                node.addAttribute(given.toBuilder().setName(attribute.getName()));
            }
        }
        return node.build();
    }

    private AttributeProto placed(AttributeProto attribute, FunctionScope scope) {
        if (!attribute.hasG() && attribute.getGraphsCount() == 0) {
            return attribute;
        }
        AttributeProto.Builder result = attribute.toBuilder();
        if (attribute.hasG()) {
            result.setG(placed(attribute.getG(), scope));
        }
        for (int i = 0; i < attribute.getGraphsCount(); i++) {
            result.setGraphs(i, placed(attribute.getGraphs(i), scope));
        }
        return result.build();
    }

    private GraphProto placed(GraphProto body, FunctionScope outer) {
        grow((long) body.getInputCount() + body.getOutputCount() + body.getInitializerCount());
        FunctionScope scope = outer.body(body);
        List<NodeProto> nodes = new ArrayList<>();
        body.getNodeList().forEach(node -> add(node, scope, nodes));
        GraphProto.Builder result = body.toBuilder().clearNode().addAllNode(nodes);
        if (scope.isMain()) {
            return result.build();
        }
        result.clearValueInfo();
        for (ValueInfoProto.Builder value : result.getInputBuilderList()) {
            value.setName(scope.name(value.getName()));
        }
        for (ValueInfoProto.Builder value : result.getOutputBuilderList()) {
            value.setName(scope.name(value.getName()));
        }
        for (TensorProto.Builder tensor : result.getInitializerBuilderList()) {
            tensor.setName(scope.name(tensor.getName()));
        }
        for (SparseTensorProto.Builder tensor : result.getSparseInitializerBuilderList()) {
            tensor.getValuesBuilder().setName(scope.name(tensor.getValues().getName()));
        }
        return result.build();
    }

    private boolean isInlinable(FunctionProto function) {
        if (isOperatorDomain(function.getDomain())) {
            return false;
        }
        for (OperatorSetIdProto opset : function.getOpsetImportList()) {
            if (opsets.getOrDefault(domain(opset), opset.getVersion()) != opset.getVersion()) {
                return false;
            }
        }
        for (OperatorSetIdProto opset : function.getOpsetImportList()) {
            if (opsets.putIfAbsent(domain(opset), opset.getVersion()) == null) {
                added.add(opset);
            }
        }
        return true;
    }

    private static boolean isOperatorDomain(String domain) {
        return Set.of("", "ai.onnx", "ai.onnx.ml").contains(domain) || domain.startsWith("com.microsoft");
    }

    private static String domain(OperatorSetIdProto opset) {
        return Node.domain(opset.getDomain());
    }

    private void grow(long by) {
        size += by;
        if (size > MAX_SIZE) {
            throw new InvalidModelException("functions expand to more than " + MAX_SIZE + " nodes, inputs and outputs");
        }
    }
}
