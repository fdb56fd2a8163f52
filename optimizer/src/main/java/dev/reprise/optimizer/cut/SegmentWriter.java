package dev.reprise.optimizer.cut;

import dev.reprise.graph.Graph;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.SparseTensorProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import dev.reprise.optimizer.inline.LocalFunctions;
import dev.reprise.optimizer.shapes.TensorTypes;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Writes a segment as an ONNX model of its own: its nodes, the constants it reads, the weights as references. Opens in any ONNX
 * tool beside the weight files.
 */
public final class SegmentWriter {
    /** Ends the name of the initializer behind a default value. */
    private static final String DEFAULT = "/default";

    private final OnnxModel model;
    private final Graph graph;
    private final TensorTypes types;
    private final LocalFunctions functions;

    public SegmentWriter(OnnxModel model, TensorTypes types) {
        this.model = model;
        this.graph = model.graph();
        this.types = types;
        this.functions = new LocalFunctions(model.proto());
    }

    public ModelProto write(String name, Segmenter.Part part) {
        List<Node> nodes = new ArrayList<>(part.nodes());
        nodes.addAll(part.copies());
        nodes.sort((a, b) -> Integer.compare(a.index(), b.index()));
        GraphProto.Builder body = GraphProto.newBuilder().setName(name);
        part.inputs().forEach(input -> body.addInput(info(input)));
        part.outputs().forEach(output -> body.addOutput(info(output)));
        Set<Value> stored = new LinkedHashSet<>();
        for (Node node : nodes) {
            body.addNode(node.proto());
            node.reads().stream().filter(Value::isInitializer).forEach(stored::add);
        }
        for (Value value : stored) {
            if (value.initializer() != null) {
                body.addInitializer(value.initializer());
            }
        }
        for (SparseTensorProto sparse : model.proto().getGraph().getSparseInitializerList()) {
            if (stored.contains(graph.value(sparse.getValues().getName()))) {
                body.addSparseInitializer(sparse);
            }
        }
        model.proto().getGraph().getQuantizationAnnotationList().stream()
                .filter(annotation -> isInside(annotation.getTensorName(), nodes, part))
                .forEach(body::addQuantizationAnnotation);
        return Provenance.removedFrom(model(body)
                .addAllFunctions(
                        functions.usedBy(nodes.stream().map(Node::proto).toList()))
                .build());
    }

    private ModelProto.Builder model(GraphProto.Builder body) {
        return ModelProto.newBuilder()
                .setIrVersion(model.proto().getIrVersion())
                .setProducerName("reprise")
                .addAllOpsetImport(model.proto().getOpsetImportList())
                .setGraph(body);
    }

    /**
     * A model without inputs that makes the default values of inputs. They are no initializers of the segments: each session would
     * hold a copy, and a caller may feed others.
     */
    public ModelProto writeDefaults(String name) {
        GraphProto.Builder body = GraphProto.newBuilder().setName(name);
        for (Value input : graph.inputs()) {
            TensorProto value = input.defaultValue();
            if (value != null) {
                String stored = input.name() + DEFAULT;
                body.addInitializer(value.toBuilder().setName(stored));
                body.addNode(NodeProto.newBuilder()
                        .setOpType("Identity")
                        .addInput(stored)
                        .addOutput(input.name()));
                body.addOutput(info(input));
            }
        }
        return Provenance.removedFrom(model(body).build());
    }

    private boolean isInside(String tensor, List<Node> nodes, Segmenter.Part part) {
        Value value = graph.value(tensor);
        return value != null && (part.inputs().contains(value) || nodes.contains(value.producer()));
    }

    private ValueInfoProto info(Value value) {
        ValueInfoProto declaration = types.declaration(value);
        if (declaration == null) {
            throw new InvalidModelException(model.fileName() + ": the type of '" + value.name()
                    + "', which crosses between segments, could not be inferred");
        }
        return declaration;
    }
}
