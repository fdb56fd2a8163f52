package dev.reprise.cli.verify;

import com.google.protobuf.ByteString;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.TensorProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A model with one thing wrong.
 *
 * @param what in words
 * @param model the faulty model
 * @param nodes first outputs of the nodes that compute something else now
 * @param weights names of the changed weights, none where a node was changed
 */
record Fault(String what, ModelProto model, Set<String> nodes, Set<String> weights) {
    private static final Map<String, String> OPERATORS = Map.of(
            "Add", "Sub", "Sub", "Add", "Tanh", "Sigmoid", "Sigmoid", "Tanh", "Sin", "Cos", "Cos", "Sin", "Erf",
            "Tanh");

    /** The fault that a random number means for a model, null where it finds nothing to change. */
    static @Nullable Fault in(ModelProto model, Random random) {
        return switch (random.nextInt(3)) {
            case 0 -> scaledRow(model, random);
            case 1 -> changedNode(model, random);
            default -> swappedWeights(model, random);
        };
    }

    private static @Nullable Fault scaledRow(ModelProto model, Random random) {
        List<Integer> weights = weights(model.getGraph());
        int index = weights.get(random.nextInt(weights.size()));
        TensorProto weight = model.getGraph().getInitializer(index);
        byte[] bytes = weight.getRawData().toByteArray();
        ByteBuffer values = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int columns = (int) weight.getDims(weight.getDimsCount() - 1);
        int row = random.nextInt(bytes.length / 4 / columns);
        for (int i = row * columns; i < (row + 1) * columns; i++) {
            values.putFloat(4 * i, 1.5f * values.getFloat(4 * i));
        }
        ModelProto.Builder faulty = model.toBuilder();
        faulty.getGraphBuilder().getInitializerBuilder(index).setRawData(ByteString.copyFrom(bytes));
        return of("row " + row + " of " + weight.getName() + " scaled", model, faulty, Set.of(weight.getName()));
    }

    private static @Nullable Fault changedNode(ModelProto model, Random random) {
        List<Integer> nodes = new ArrayList<>();
        for (int i = 0; i < model.getGraph().getNodeCount(); i++) {
            if (OPERATORS.containsKey(model.getGraph().getNode(i).getOpType())) {
                nodes.add(i);
            }
        }
        int index = nodes.get(random.nextInt(nodes.size()));
        NodeProto node = model.getGraph().getNode(index);
        ModelProto.Builder faulty = model.toBuilder();
        String operator = String.valueOf(OPERATORS.get(node.getOpType()));
        faulty.getGraphBuilder().getNodeBuilder(index).setOpType(operator);
        return new Fault(
                node.getOutput(0) + " became " + operator, faulty.build(), Set.of(node.getOutput(0)), Set.of());
    }

    private static @Nullable Fault swappedWeights(ModelProto model, Random random) {
        List<Integer> weights = weights(model.getGraph());
        int first = weights.get(random.nextInt(weights.size()));
        TensorProto a = model.getGraph().getInitializer(first);
        List<Integer> others = weights.stream()
                .filter(other ->
                        model.getGraph().getInitializer(other).getDimsList().equals(a.getDimsList()))
                .filter(other ->
                        !model.getGraph().getInitializer(other).getRawData().equals(a.getRawData()))
                .toList();
        if (others.isEmpty()) {
            return null;
        }
        int second = others.get(random.nextInt(others.size()));
        TensorProto b = model.getGraph().getInitializer(second);
        ModelProto.Builder faulty = model.toBuilder();
        faulty.getGraphBuilder().getInitializerBuilder(first).setRawData(b.getRawData());
        faulty.getGraphBuilder().getInitializerBuilder(second).setRawData(a.getRawData());
        return of(a.getName() + " and " + b.getName() + " swapped", model, faulty, Set.of(a.getName(), b.getName()));
    }

    private static Fault of(String what, ModelProto model, ModelProto.Builder faulty, Set<String> weights) {
        Set<String> readers = model.getGraph().getNodeList().stream()
                .filter(node -> node.getInputList().stream().anyMatch(weights::contains))
                .map(node -> node.getOutput(0))
                .collect(Collectors.toSet());
        return new Fault(what, faulty.build(), readers, weights);
    }

    /** Matrices of floats. */
    private static List<Integer> weights(GraphProto graph) {
        List<Integer> weights = new ArrayList<>();
        for (int i = 0; i < graph.getInitializerCount(); i++) {
            TensorProto tensor = graph.getInitializer(i);
            if (tensor.getDataType() == TensorProto.DataType.FLOAT_VALUE
                    && tensor.getDimsCount() > 1
                    && tensor.getRawData().size() > 256) {
                weights.add(i);
            }
        }
        return weights;
    }
}
