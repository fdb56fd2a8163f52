package dev.reprise.optimizer.rewrite;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.graph.model.WeightRange;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.optimizer.TinyModel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Writes small graphs for the tests of rewrites: a result per line, named by its operator or as wished. */
final class SmallSegment {
    private final TinyModel model = new TinyModel();
    private int count;

    SmallSegment input(String name, long... shape) {
        model.input(name, ElementType.FLOAT, shape);
        return this;
    }

    String number(double number) {
        String name = "number" + count++;
        model.initializer(TensorProto.newBuilder()
                .setName(name)
                .setDataType(TensorProto.DataType.FLOAT_VALUE)
                .addFloatData((float) number));
        return name;
    }

    String vector(float element, int length) {
        TensorProto.Builder vector = TensorProto.newBuilder()
                .setName("vector" + count++)
                .setDataType(TensorProto.DataType.FLOAT_VALUE)
                .addDims(length);
        for (int i = 0; i < length; i++) {
            vector.addFloatData(element);
        }
        model.initializer(vector);
        return vector.getName();
    }

    /** An external weight in a file of its own, with small numbers of both signs. */
    String weight(Path folder, int rows, int columns) throws IOException {
        String name = "weight" + count++;
        ByteBuffer content = ByteBuffer.allocate(rows * columns * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < rows * columns; i++) {
            content.putFloat((float) Math.sin(i) / 10);
        }
        Files.write(folder.resolve(name), content.array());
        model.initializer(new WeightRange(name, 0, content.capacity())
                .applyTo(TensorProto.newBuilder()
                        .setName(name)
                        .setDataType(TensorProto.DataType.FLOAT_VALUE)
                        .addDims(rows)
                        .addDims(columns)));
        return name;
    }

    String integers(long... numbers) {
        TensorProto.Builder vector = TensorProto.newBuilder()
                .setName("integers" + count++)
                .setDataType(TensorProto.DataType.INT64_VALUE)
                .addDims(numbers.length);
        for (long number : numbers) {
            vector.addInt64Data(number);
        }
        model.initializer(vector);
        return vector.getName();
    }

    String node(String operator, String... inputs) {
        return node(operator, List.of(), inputs);
    }

    String node(String operator, List<AttributeProto> attributes, String... inputs) {
        String output = operator + count++;
        model.node(NodeProto.newBuilder()
                .setName(output + "_node")
                .setOpType(operator)
                .addAllInput(List.of(inputs))
                .addAllAttribute(attributes)
                .addOutput(output));
        return output;
    }

    String transpose(String input, Integer... permutation) {
        return node("Transpose", List.of(Layouts.permutation(List.of(permutation))), input);
    }

    /** @param shape of the outputs, which all have the same */
    OnnxModel write(Path folder, List<String> outputs, long... shape) throws IOException {
        outputs.forEach(output -> model.output(output, ElementType.FLOAT, shape));
        return model.write(folder);
    }

    static AttributeProto integer(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }
}
