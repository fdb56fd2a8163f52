package dev.reprise.optimizer.mend;

import dev.reprise.graph.Node;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.graph.onnx.TensorShapeProto;
import dev.reprise.graph.onnx.TypeProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import dev.reprise.optimizer.shapes.ShapeValues;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Squeezes of a dimension that is not 1. In PyTorch those change nothing, and PixArt has one; torch's dynamo exporter writes them down all
 * the same, and ONNX Runtime refuses them: {@code Dimension of input 1 must be 1 instead of 256}.
 *
 * <pre>
 *   before   x [batch, tokens, channels] ─▶ Squeeze 1 ─▶ y [batch, tokens, channels]
 *   after    x ─▶ Identity ─▶ y
 * </pre>
 *
 * Certain where the exporter declares x and y with the same rank, because a squeeze that does something makes it smaller, and the
 * dimension of x not as 1. A file that runs does not have such a node.
 */
public final class NoOpSqueezes {
    private NoOpSqueezes() {}

    /**
     * A model with its squeezes mended.
     *
     * @param model the same where there was nothing to mend
     * @param nodes names of what was mended
     */
    public record Mended(OnnxModel model, List<String> nodes) {
        public Mended {
            nodes = List.copyOf(nodes);
        }
    }

    public static Mended mend(OnnxModel model) {
        GraphProto graph = model.proto().getGraph();
        if (graph.getNodeList().stream().noneMatch(NoOpSqueezes::isSqueeze)) {
            return new Mended(model, List.of());
        }
        Map<String, TensorShapeProto> shapes = shapes(graph);
        Map<String, TensorProto> constants = constants(graph);
        List<String> names = new ArrayList<>();
        GraphProto.Builder mended = graph.toBuilder().clearNode();
        for (NodeProto node : graph.getNodeList()) {
            if (isSqueeze(node) && isNoOp(node, shapes, constants)) {
                names.add(node.getName().isEmpty() ? node.getOutput(0) : node.getName());
                mended.addNode(node.toBuilder()
                        .setOpType("Identity")
                        .clearAttribute()
                        .clearInput()
                        .addInput(node.getInput(0)));
            } else {
                mended.addNode(node);
            }
        }
        return names.isEmpty()
                ? new Mended(model, names)
                : new Mended(
                        model.rewritten(
                                model.proto().toBuilder().setGraph(mended).build()),
                        names);
    }

    private static boolean isSqueeze(NodeProto node) {
        return node.getOpType().equals("Squeeze")
                && Node.domain(node.getDomain()).isEmpty()
                && node.getInputCount() > 0
                && node.getOutputCount() == 1;
    }

    private static boolean isNoOp(
            NodeProto squeeze, Map<String, TensorShapeProto> shapes, Map<String, TensorProto> constants) {
        TensorShapeProto before = shapes.get(squeeze.getInput(0));
        TensorShapeProto after = shapes.get(squeeze.getOutput(0));
        List<Long> axes = axes(squeeze, constants);
        if (before == null || after == null || axes.isEmpty() || before.getDimCount() != after.getDimCount()) {
            return false;
        }
        int rank = before.getDimCount();
        for (long axis : axes) {
            int position = (int) (axis < 0 ? axis + rank : axis);
            if (position < 0 || position >= rank || before.getDim(position).getDimValue() == 1) {
                return false;
            }
        }
        return true;
    }

    /** Which dimensions; empty where the node does not say, or they are computed. */
    private static List<Long> axes(NodeProto squeeze, Map<String, TensorProto> constants) {
        for (AttributeProto attribute : squeeze.getAttributeList()) {
            if (attribute.getName().equals("axes")) {
                return attribute.getIntsList();
            }
        }
        TensorProto stored = squeeze.getInputCount() < 2 ? null : constants.get(squeeze.getInput(1));
        List<Long> axes = stored == null ? null : ShapeValues.integers(stored);
        return axes == null ? List.of() : axes;
    }

    private static Map<String, TensorProto> constants(GraphProto graph) {
        Map<String, TensorProto> constants = new HashMap<>();
        graph.getInitializerList().forEach(tensor -> constants.put(tensor.getName(), tensor));
        for (NodeProto node : graph.getNodeList()) {
            if (node.getOpType().equals("Constant")) {
                node.getAttributeList().stream()
                        .filter(attribute -> attribute.getName().equals("value"))
                        .forEach(attribute -> constants.put(node.getOutput(0), attribute.getT()));
            }
        }
        return constants;
    }

    /** Of values that are declared with one. */
    private static Map<String, TensorShapeProto> shapes(GraphProto graph) {
        Map<String, TensorShapeProto> shapes = new HashMap<>();
        for (List<ValueInfoProto> declared :
                List.of(graph.getValueInfoList(), graph.getInputList(), graph.getOutputList())) {
            for (ValueInfoProto value : declared) {
                TypeProto.Tensor type = value.getType().getTensorType();
                if (type.hasShape()) {
                    shapes.put(value.getName(), type.getShape());
                }
            }
        }
        return shapes;
    }
}
