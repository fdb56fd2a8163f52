package dev.reprise.optimizer.rewrite;

import dev.reprise.graph.Graph;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.OperatorSetIdProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.optimizer.inline.UniqueNames;
import dev.reprise.optimizer.operators.Operators;
import dev.reprise.optimizer.shapes.ShapePropagation;
import dev.reprise.optimizer.shapes.TensorTypes;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Rewrites segments for speed: asks each {@link Rewrite} at each node, puts the replacement in, and removes what nobody reads any
 * more. Inputs and outputs of a segment stay.
 */
public final class Rewriter {
    private final List<Rewrite> rewrites;
    private final SegmentGraph.ModelFacts facts;

    Rewriter(List<Rewrite> rewrites, SegmentGraph.ModelFacts facts) {
        this.rewrites = List.copyOf(rewrites);
        this.facts = facts;
    }

    /** For the segments of one model. */
    public static Rewriter of(OnnxModel model, TensorTypes types, ShapePropagation typical) {
        return new Rewriter(
                Rewrites.ALL,
                new SegmentGraph.ModelFacts(
                        model.graph(),
                        types,
                        typical,
                        new UniqueNames(model.proto().getGraph())));
    }

    /**
     * A segment, rewritten.
     *
     * @param model its inputs and outputs are the segment's
     * @param rewrites how often each rewrite fired; empty where the model is the segment's own
     */
    public record Result(ModelProto model, Map<String, Integer> rewrites) {}

    /** The segment rewritten. */
    public Result rewrite(ModelProto segment) {
        return rewrite(segment, name -> true);
    }

    /**
     * The segment rewritten by some rewrites.
     *
     * @param wanted whether a rewrite of this name may fire
     */
    public Result rewrite(ModelProto segment, Predicate<String> wanted) {
        Map<String, Integer> fired = new LinkedHashMap<>();
        ModelProto current = segment;
        SegmentGraph graph = new SegmentGraph(Graph.link(segment), facts);
        for (Rewrite rewrite : rewrites) {
            if (!wanted.test(rewrite.name())) {
                continue;
            }
            Map<Node, Replacement> replacements = replacements(rewrite, graph);
            if (!replacements.isEmpty()) {
                current = withoutUnread(replaced(current, graph.graph(), replacements));
                graph = new SegmentGraph(Graph.link(current), facts);
                fired.put(rewrite.name(), replacements.size());
            }
        }
        return new Result(current, fired);
    }

    /**
     * A segment with its layers in int8.
     *
     * @param products how many; 0 where the model is the segment's own
     * @param multiplyAdds theirs, for the typical shapes
     */
    public record Quantized(ModelProto model, int products, long multiplyAdds) {}

    /** The segment with every layer in int8 that can be. */
    public Quantized quantize(ModelProto segment, Int8Store store) {
        QuantizeLayers quantize = new QuantizeLayers(store);
        Result result = new Rewriter(List.of(quantize), facts).rewrite(segment);
        return new Quantized(
                result.model(), result.rewrites().getOrDefault(quantize.name(), 0), quantize.multiplyAdds());
    }

    private static Map<Node, Replacement> replacements(Rewrite rewrite, SegmentGraph graph) {
        Map<Node, Replacement> replacements = new HashMap<>();
        for (Node node : graph.graph().nodes()) {
            Replacement replacement = rewrite.at(node, graph);
            if (replacement != null) {
                replacements.put(node, replacement);
            }
        }
        return replacements;
    }

    private static ModelProto replaced(ModelProto model, Graph graph, Map<Node, Replacement> replacements) {
        GraphProto.Builder body = model.getGraph().toBuilder().clearNode();
        boolean needsDomain = model.getOpsetImportList().stream()
                .noneMatch(opset -> opset.getDomain().equals(Operators.MICROSOFT));
        for (Node node : graph.nodes()) {
            Replacement replacement = replacements.get(node);
            if (replacement == null) {
                body.addNode(node.proto());
            } else {
                body.addAllNode(replacement.nodes()).addAllInitializer(replacement.constants());
            }
        }
        ModelProto.Builder result = model.toBuilder().setGraph(body);
        if (needsDomain
                && body.getNodeList().stream().anyMatch(node -> node.getDomain().equals(Operators.MICROSOFT))) {
            result.addOpsetImport(OperatorSetIdProto.newBuilder()
                    .setDomain(Operators.MICROSOFT)
                    .setVersion(1));
        }
        return result.build();
    }

    /** Only the nodes and initializers from which an output is reached. */
    private static ModelProto withoutUnread(ModelProto model) {
        Graph graph = Graph.link(model);
        Set<Value> read = new HashSet<>(graph.outputs());
        Set<Node> needed = new HashSet<>();
        for (Node node : graph.nodes().reverse()) {
            if (node.writes().stream().anyMatch(read::contains)) {
                needed.add(node);
                read.addAll(node.reads());
            }
        }
        GraphProto.Builder body = model.getGraph().toBuilder().clearNode().clearInitializer();
        for (Node node : graph.nodes()) {
            if (needed.contains(node)) {
                body.addNode(node.proto());
            }
        }
        for (TensorProto tensor : model.getGraph().getInitializerList()) {
            Value value = graph.value(tensor.getName());
            if (value == null || value.isInput() || read.contains(value)) {
                body.addInitializer(tensor);
            }
        }
        return model.toBuilder().setGraph(body).build();
    }

    /** A node of a replacement, named after the node whose place it takes. */
    static NodeProto.Builder node(String domain, String operator, String name, String output, String... inputs) {
        return NodeProto.newBuilder()
                .setDomain(domain)
                .setOpType(operator)
                .setName(name)
                .addAllInput(List.of(inputs))
                .addOutput(output);
    }
}
