package dev.reprise.optimizer.shapes;

import dev.reprise.graph.Graph;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.SparseTensorProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import dev.reprise.optimizer.operators.Dependence;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The models that ONNX Runtime opens to tell the type of every value: the whole graph with every value as an output. ONNX Runtime's
 * time to open a model grows faster than its nodes, so a large graph is opened in pieces, one behind the other.
 *
 * <pre>
 *   n1 ─▶ n2 ─ a ─▶ n3 ─▶ n4        piece 1: n1, n2 ─▶ a        piece 2: a, of the type that piece 1 told ─▶ n3, n4
 * </pre>
 *
 * Constants and arithmetic on shapes are copied into every piece that reads them, since inference looks at their numbers.
 */
final class ProbeModels {
    private final OnnxModel model;
    private final Graph graph;
    private final int nodesPerPiece;
    private final Dependence dependence;
    /** Types that the model declares: of its inputs and outputs, and of values inside. */
    private final Map<String, ValueInfoProto> declared = new HashMap<>();

    private final Map<String, ValueInfoProto> inner = new HashMap<>();

    ProbeModels(OnnxModel model, int nodesPerPiece) {
        this.model = model;
        this.graph = model.graph();
        this.nodesPerPiece = nodesPerPiece;
        this.dependence = new Dependence(graph);
        model.proto().getGraph().getInputList().forEach(input -> declared.put(input.getName(), input));
        model.proto().getGraph().getOutputList().forEach(output -> declared.put(output.getName(), output));
        model.proto().getGraph().getValueInfoList().forEach(value -> inner.put(value.getName(), value));
    }

    int pieces() {
        return Math.max(1, (graph.nodes().size() + nodesPerPiece - 1) / nodesPerPiece);
    }

    /**
     * A piece, with every value that it makes as an output.
     *
     * @param types what earlier pieces told of a value, null where that is no tensor
     */
    ModelProto piece(int index, Function<Value, @Nullable ValueInfoProto> types) {
        return pieces() == 1 ? whole() : part(index, types);
    }

    private ModelProto whole() {
        GraphProto.Builder body = model.proto().getGraph().toBuilder();
        graph.nodes().forEach(node -> addOutputs(node, body, false));
        return model.proto().toBuilder().setGraph(body).build();
    }

    private ModelProto part(int index, Function<Value, @Nullable ValueInfoProto> types) {
        int start = index * nodesPerPiece;
        List<Node> own = graph.nodes()
                .subList(start, Math.min(start + nodesPerPiece, graph.nodes().size()));
        Set<Node> nodes = withCopies(own, types);
        GraphProto.Builder body =
                GraphProto.newBuilder().setName(model.proto().getGraph().getName());
        Set<Value> read = new LinkedHashSet<>();
        for (Node node : nodes) {
            body.addNode(node.proto());
            read.addAll(node.reads());
            for (Value made : node.writes()) {
                if (inner.containsKey(made.name())) {
                    body.addValueInfo(inner.get(made.name()));
                }
            }
        }
        for (Value value : read) {
            addSource(value, nodes, types, body);
        }
        for (SparseTensorProto sparse : model.proto().getGraph().getSparseInitializerList()) {
            if (read.contains(graph.value(sparse.getValues().getName()))) {
                body.addSparseInitializer(sparse);
            }
        }
        own.forEach(node -> addOutputs(node, body, true));
        return model.proto().toBuilder().setGraph(body).build();
    }

    /** What a piece reads and does not make: weights, model inputs, values of earlier pieces. */
    private void addSource(
            Value value, Set<Node> nodes, Function<Value, @Nullable ValueInfoProto> types, GraphProto.Builder body) {
        Node producer = value.producer();
        if (producer != null) {
            ValueInfoProto type = nodes.contains(producer) ? null : types.apply(value);
            if (type != null) {
                body.addInput(type);
            }
            return;
        }
        ValueInfoProto input = declared.get(value.name());
        if (input != null) {
            body.addInput(input);
        }
        if (value.content() != null) {
            body.addInitializer(value.content());
        }
    }

    /** The nodes of a piece and the earlier ones that it needs copies of, in graph order. */
    private Set<Node> withCopies(List<Node> own, Function<Value, @Nullable ValueInfoProto> types) {
        Set<Node> nodes = new TreeSet<>(Comparator.comparingInt(Node::index));
        Set<Node> inside = new HashSet<>(own);
        Deque<Node> open = new ArrayDeque<>(own);
        while (!open.isEmpty()) {
            Node node = open.remove();
            nodes.add(node);
            for (Value read : node.reads()) {
                Node producer = read.producer();
                if (producer != null
                        && !inside.contains(producer)
                        && isCopied(producer, read, types)
                        && inside.add(producer)) {
                    open.add(producer);
                }
            }
        }
        return nodes;
    }

    private boolean isCopied(Node producer, Value read, Function<Value, @Nullable ValueInfoProto> types) {
        return !dependence.isData(producer) || types.apply(read) == null;
    }

    private void addOutputs(Node node, GraphProto.Builder body, boolean declaredToo) {
        for (Value output : node.writes()) {
            if (!output.isOutput()) {
                body.addOutput(ValueInfoProto.newBuilder().setName(output.name()));
            } else if (declaredToo) {
                body.addOutput(declared.getOrDefault(
                        output.name(),
                        ValueInfoProto.newBuilder().setName(output.name()).build()));
            }
        }
    }
}
