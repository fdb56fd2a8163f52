package dev.reprise.runtime.plan;

import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.bundle.Segment;
import dev.reprise.graph.onnx.FunctionProto;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.OperatorSetIdProto;
import dev.reprise.graph.onnx.SparseTensorProto;
import dev.reprise.graph.onnx.TensorAnnotation;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Puts segment models together again. All come from one graph, so equal names are equal things: what the cut cloned into several
 * segments (constants, shape arithmetic) is taken once. Weights stay where they are.
 */
public final class SegmentMerger {
    private final Function<Segment, ModelProto> models;

    /** @param models which model of a segment is taken: its own, or the one that was rewritten for speed */
    public SegmentMerger(Function<Segment, ModelProto> models) {
        this.models = models;
    }

    /**
     * One model of several segments.
     *
     * @param segments in an order in which they may run
     * @param inputs inputs of the whole
     * @param outputs outputs of the whole
     */
    public ModelProto merge(List<Segment> segments, List<String> inputs, List<String> outputs) {
        Parts parts = new Parts();
        for (Segment segment : segments) {
            parts.add(models.apply(segment));
        }
        return parts.model(inputs, outputs);
    }

    private static final class Parts {
        private final ModelProto.Builder model = ModelProto.newBuilder();
        private final GraphProto.Builder graph = GraphProto.newBuilder().setName("merged");
        private final Map<String, ValueInfoProto> borders = new HashMap<>();
        private final Set<String> made = new HashSet<>();
        private final Set<String> stored = new HashSet<>();
        private final Set<String> annotated = new HashSet<>();
        private final Set<FunctionProto> functions = new HashSet<>();
        private final Set<OperatorSetIdProto> opsets = new HashSet<>();

        void add(ModelProto segment) {
            if (!model.hasIrVersion()) {
                model.setIrVersion(segment.getIrVersion()).setProducerName(segment.getProducerName());
            }
            for (OperatorSetIdProto opset : segment.getOpsetImportList()) {
                // A rewritten segment may have one more.
                if (opsets.add(opset)) {
                    model.addOpsetImport(opset);
                }
            }
            GraphProto part = segment.getGraph();
            part.getInputList().forEach(value -> borders.putIfAbsent(value.getName(), value));
            part.getOutputList().forEach(value -> borders.put(value.getName(), value));
            for (NodeProto node : part.getNodeList()) {
                if (isNew(node)) {
                    graph.addNode(node);
                }
            }
            for (TensorProto tensor : part.getInitializerList()) {
                if (stored.add(tensor.getName())) {
                    graph.addInitializer(tensor);
                }
            }
            for (SparseTensorProto tensor : part.getSparseInitializerList()) {
                if (stored.add(tensor.getValues().getName())) {
                    graph.addSparseInitializer(tensor);
                }
            }
            for (TensorAnnotation annotation : part.getQuantizationAnnotationList()) {
                if (annotated.add(annotation.getTensorName())) {
                    graph.addQuantizationAnnotation(annotation);
                }
            }
            for (FunctionProto function : segment.getFunctionsList()) {
                if (functions.add(function)) {
                    model.addFunctions(function);
                }
            }
        }

        /** False for a clone of a node that is there already. */
        private boolean isNew(NodeProto node) {
            boolean isNew = false;
            for (String output : node.getOutputList()) {
                isNew |= !output.isEmpty() && made.add(output);
            }
            return isNew;
        }

        ModelProto model(List<String> inputs, List<String> outputs) {
            inputs.forEach(input -> graph.addInput(border(input)));
            outputs.forEach(output -> graph.addOutput(border(output)));
            return model.setGraph(graph).build();
        }

        private ValueInfoProto border(String name) {
            ValueInfoProto border = borders.get(name);
            if (border == null) {
                throw new InvalidModelException("no segment declares tensor '" + name + "'");
            }
            return border;
        }
    }
}
