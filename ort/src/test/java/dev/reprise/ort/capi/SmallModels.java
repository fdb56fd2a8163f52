package dev.reprise.ort.capi;

import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.OperatorSetIdProto;
import dev.reprise.graph.onnx.StringStringEntryProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.graph.onnx.TensorShapeProto;
import dev.reprise.graph.onnx.TypeProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import java.util.List;

/** Models of a few nodes on float tensors. */
public final class SmallModels {
    private SmallModels() {}

    static ModelProto model(GraphProto.Builder graph) {
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(18))
                .setGraph(graph)
                .build();
    }

    /** {@code x [rows, width] · w [width, width] = y}; the weight is at the start of a file. */
    public static ModelProto matMul(int width, String weightFile, long offset) {
        return model(GraphProto.newBuilder()
                .setName("matmul")
                .addInput(matrix("x", width))
                .addOutput(matrix("y", width))
                .addInitializer(external("w", weightFile, offset, width, width))
                .addNode(node("MatMul", "y", "x", "w")));
    }

    /** Rotary attention's first steps: {@code y = transpose(transpose(x as [tokens, heads, size]) · table [tokens, size])}, as many heads as tokens. */
    public static ModelProto rotated(int tokens, int size, String tableFile, long offset) {
        return model(GraphProto.newBuilder()
                .setName("rotated")
                .addInput(matrix("x", tokens * size))
                .addOutput(matrix("y", tokens * size))
                .addInitializer(external("table", tableFile, offset, tokens, size))
                .addInitializer(integers("shape", 1, tokens, tokens, size))
                .addInitializer(integers("joined", tokens, (long) tokens * size))
                .addNode(node("Reshape", "split", "x", "shape"))
                .addNode(transpose("heads", "split"))
                .addNode(node("Mul", "product", "heads", "table"))
                .addNode(transpose("back", "product"))
                .addNode(node("Reshape", "y", "back", "joined")));
    }

    private static NodeProto transpose(String output, String input) {
        return node("Transpose", output, input).toBuilder()
                .addAttribute(AttributeProto.newBuilder()
                        .setName("perm")
                        .setType(AttributeProto.AttributeType.INTS)
                        .addAllInts(List.of(0L, 2L, 1L, 3L)))
                .build();
    }

    private static TensorProto integers(String name, long... values) {
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setName(name)
                .setDataType(TensorProto.DataType.INT64.getNumber())
                .addDims(values.length);
        for (long value : values) {
            tensor.addInt64Data(value);
        }
        return tensor.build();
    }

    /** A chain of elementwise nodes: {@code y = (x + x) · x …}, whose intermediate results take as much memory as {@code x}. */
    static ModelProto chain(int nodes) {
        GraphProto.Builder graph = GraphProto.newBuilder().setName("chain").addInput(matrix("x", 0));
        String last = "x";
        for (int i = 0; i < nodes; i++) {
            String next = i == nodes - 1 ? "y" : "v" + i;
            graph.addNode(node(i % 2 == 0 ? "Sin" : "Cos", next, last));
            last = next;
        }
        return model(graph.addOutput(matrix("y", 0)));
    }

    static NodeProto node(String operator, String output, String... inputs) {
        return NodeProto.newBuilder()
                .setName(output)
                .setOpType(operator)
                .addAllInput(List.of(inputs))
                .addOutput(output)
                .build();
    }

    /** {@code [rows, width]}; a width of 0 stands for any. */
    static ValueInfoProto matrix(String name, int width) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder()
                .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("rows"));
        shape.addDim(
                width == 0
                        ? TensorShapeProto.Dimension.newBuilder().setDimParam("width")
                        : TensorShapeProto.Dimension.newBuilder().setDimValue(width));
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(TensorProto.DataType.FLOAT.getNumber())
                                .setShape(shape)))
                .build();
    }

    static TensorProto external(String name, String file, long offset, long... shape) {
        long elements = 1;
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setName(name)
                .setDataType(TensorProto.DataType.FLOAT.getNumber())
                .setDataLocation(TensorProto.DataLocation.EXTERNAL);
        for (long dimension : shape) {
            tensor.addDims(dimension);
            elements *= dimension;
        }
        return tensor.addExternalData(entry("location", file))
                .addExternalData(entry("offset", Long.toString(offset)))
                .addExternalData(entry("length", Long.toString(elements * Float.BYTES)))
                .build();
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }
}
