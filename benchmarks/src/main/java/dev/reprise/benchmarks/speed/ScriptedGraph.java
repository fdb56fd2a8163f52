package dev.reprise.benchmarks.speed;

import com.google.protobuf.ByteString;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.OperatorSetIdProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.graph.onnx.TensorShapeProto;
import dev.reprise.graph.onnx.TypeProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;

/**
 * A graph written down as PyTorch's TorchScript exporter does: nodes named after the module that they come from,
 * {@code /transformer_blocks.0/attn1/to_q/MatMul}, results {@code …_output_0}, constants as nodes. Weights are random.
 */
final class ScriptedGraph {
    private static final int OPSET = 17;
    private static final int IR_VERSION = 8;

    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("main_graph");
    private final Map<String, Integer> names = new HashMap<>();
    private final Random random;

    ScriptedGraph(long seed) {
        random = new Random(seed);
    }

    String input(String name, int type, long... shape) {
        graph.addInput(value(name, type, shape));
        return name;
    }

    /** The result of a node becomes an output of the model. */
    void output(String name, String from, long... shape) {
        graph.addNode(NodeProto.newBuilder()
                .setName("/Identity")
                .setOpType("Identity")
                .addInput(from)
                .addOutput(name));
        graph.addOutput(value(name, TensorProto.DataType.FLOAT_VALUE, shape));
    }

    String node(String scope, String operator, String... inputs) {
        return node(scope, operator, List.of(), inputs);
    }

    /** A node of one result. */
    String node(String scope, String operator, List<AttributeProto> attributes, String... inputs) {
        String name = name(scope, operator);
        String output = name + "_output_0";
        graph.addNode(NodeProto.newBuilder()
                .setName(name)
                .setOpType(operator)
                .addAllAttribute(attributes)
                .addAllInput(Arrays.asList(inputs))
                .addOutput(output));
        return output;
    }

    private String name(String scope, String operator) {
        String name = (scope.isEmpty() ? "" : "/" + scope) + "/" + operator;
        int count = names.merge(name, 1, Integer::sum) - 1;
        return count == 0 ? name : name + "_" + count;
    }

    String integers(String scope, long... values) {
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setDataType(TensorProto.DataType.INT64_VALUE)
                .addDims(values.length);
        ByteBuffer content = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        LongStream.of(values).forEach(content::putLong);
        return constant(scope, tensor.setRawData(ByteString.copyFrom(content.flip())));
    }

    String number(String scope, double value) {
        return constant(
                scope,
                TensorProto.newBuilder()
                        .setDataType(TensorProto.DataType.FLOAT_VALUE)
                        .setRawData(floats(1, i -> (float) value)));
    }

    /** A table of numbers: frequencies, positions. */
    String numbers(String scope, double[] values, long... shape) {
        return constant(
                scope,
                TensorProto.newBuilder()
                        .setDataType(TensorProto.DataType.FLOAT_VALUE)
                        .addAllDims(LongStream.of(shape).boxed().toList())
                        .setRawData(floats(values.length, i -> (float) values[i])));
    }

    private String constant(String scope, TensorProto.Builder value) {
        return node(
                scope,
                "Constant",
                List.of(AttributeProto.newBuilder()
                        .setName("value")
                        .setType(AttributeProto.AttributeType.TENSOR)
                        .setT(value)
                        .build()));
    }

    /** The weight of a matrix product. The exporter transposes it, so it has no name of its own any more. */
    String product(double mean, double spread, long... shape) {
        return weight("onnx::MatMul_" + graph.getInitializerCount(), mean, spread, shape);
    }

    /**
     * A weight of random numbers around a mean, all within a spread of it.
     *
     * @param path of its module, and its own name behind a dot
     */
    String weight(String path, double mean, double spread, long... shape) {
        String name = path.replace('/', '.');
        int elements = Math.toIntExact(LongStream.of(shape).reduce(1, Math::multiplyExact));
        graph.addInitializer(TensorProto.newBuilder()
                .setName(name)
                .setDataType(TensorProto.DataType.FLOAT_VALUE)
                .addAllDims(LongStream.of(shape).boxed().toList())
                .setRawData(floats(elements, i -> (float) (mean + spread * (2 * random.nextFloat() - 1)))));
        return name;
    }

    private interface Numbers {
        float at(int i);
    }

    private static ByteString floats(int count, Numbers numbers) {
        ByteBuffer content = ByteBuffer.allocate(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            content.putFloat(numbers.at(i));
        }
        return ByteString.copyFrom(content.flip());
    }

    static List<AttributeProto> integer(String name, long value) {
        return List.of(AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build());
    }

    static List<AttributeProto> integerList(String name, long... values) {
        return List.of(AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INTS)
                .addAllInts(LongStream.of(values).boxed().toList())
                .build());
    }

    private static ValueInfoProto value(String name, int type, long... shape) {
        TensorShapeProto.Builder dimensions = TensorShapeProto.newBuilder();
        for (long dimension : shape) {
            dimensions.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(dimension));
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(
                                TypeProto.Tensor.newBuilder().setElemType(type).setShape(dimensions)))
                .build();
    }

    Path write(Path file) throws IOException {
        ModelProto model = ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .setProducerName("pytorch")
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPSET))
                .setGraph(graph)
                .build();
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            model.writeTo(out);
        }
        return file;
    }
}
