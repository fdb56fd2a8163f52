package dev.reprise.graph;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.SparseTensorProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The main graph of a model, linked: nodes in topological order, values as edges. Immutable once made: to change a graph, write a
 * new protobuf.
 */
public final class Graph {
    /** Before this IR version every initializer had to be listed as an input too, and could not be fed. */
    private static final long FIRST_WITH_DEFAULTS = 4;

    private final ImmutableList<Node> nodes;
    private final ImmutableMap<String, Value> values;
    private final ImmutableList<Value> inputs;
    private final ImmutableList<Value> outputs;

    private Graph(List<Node> nodes, Map<String, Value> values, List<Value> inputs, List<Value> outputs) {
        this.nodes = ImmutableList.copyOf(nodes);
        this.values = ImmutableMap.copyOf(values);
        this.inputs = ImmutableList.copyOf(inputs);
        this.outputs = ImmutableList.copyOf(outputs);
    }

    /** Nodes in topological order. */
    public ImmutableList<Node> nodes() {
        return nodes;
    }

    /** Every value by name. */
    public ImmutableMap<String, Value> values() {
        return values;
    }

    /** Inputs that a caller can feed, in order. Those with a {@link Value#defaultValue} need not be fed. */
    public ImmutableList<Value> inputs() {
        return inputs;
    }

    /** Inputs that a caller must feed, in order. */
    public ImmutableList<Value> requiredInputs() {
        return inputs.stream().filter(input -> input.defaultValue() == null).collect(ImmutableList.toImmutableList());
    }

    public ImmutableList<Value> outputs() {
        return outputs;
    }

    /** The value of this name, null where there is none. */
    public @Nullable Value value(String name) {
        return values.get(name);
    }

    /**
     * Links the main graph of a model.
     *
     * @throws InvalidModelException when a name is made twice, a node reads a value that does not exist, or nodes form a cycle
     */
    public static Graph link(ModelProto model) {
        GraphProto proto = model.getGraph();
        boolean defaults = model.getIrVersion() >= FIRST_WITH_DEFAULTS;
        Map<String, Value> values = new HashMap<>();
        Map<String, TensorProto> initializers = new HashMap<>();
        for (TensorProto tensor : proto.getInitializerList()) {
            initializers.put(tensor.getName(), tensor);
        }
        List<Value> inputs = new ArrayList<>();
        for (ValueInfoProto info : proto.getInputList()) {
            TensorProto initializer = initializers.get(info.getName());
            if (initializer == null || defaults) {
                Value input = new Value(info.getName(), null, initializer, true);
                define(values, input);
                inputs.add(input);
                initializers.remove(info.getName());
            }
        }
        initializers.forEach((name, tensor) -> define(values, new Value(name, null, tensor, false)));
        for (SparseTensorProto sparse : proto.getSparseInitializerList()) {
            define(values, new Value(sparse.getValues().getName(), null, null, false));
        }
        List<Node> nodes = new ArrayList<>();
        for (NodeProto node : NodeOrder.sorted(proto)) {
            Node linked = new Node(nodes.size(), node);
            for (String name : node.getInputList()) {
                linked.link(name.isEmpty() ? null : require(values, name, linked));
            }
            for (String name : Captures.of(node)) {
                Value outer = values.get(name);
                if (outer != null) {
                    linked.capture(outer);
                }
            }
            for (String name : node.getOutputList()) {
                Value output = name.isEmpty() ? null : new Value(name, linked, null, false);
                linked.produce(output);
                if (output != null) {
                    define(values, output);
                }
            }
            nodes.add(linked);
        }
        List<Value> outputs = new ArrayList<>();
        for (ValueInfoProto info : proto.getOutputList()) {
            Value output = values.get(info.getName());
            if (output == null) {
                throw new InvalidModelException("graph output '" + info.getName() + "' is made by no node");
            }
            output.markOutput();
            outputs.add(output);
        }
        return new Graph(nodes, values, inputs, outputs);
    }

    private static void define(Map<String, Value> values, Value value) {
        if (values.put(value.name(), value) != null) {
            throw new InvalidModelException("value '" + value.name() + "' is defined twice");
        }
    }

    private static Value require(Map<String, Value> values, String name, Node reader) {
        Value value = values.get(name);
        if (value == null) {
            throw new InvalidModelException(
                    "node " + reader + " reads '" + name + "', but no node, input or initializer makes it");
        }
        return value;
    }
}
