package dev.reprise.optimizer;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.graph.onnx.FunctionProto;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.OperatorSetIdProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.graph.onnx.TensorShapeProto;
import dev.reprise.graph.onnx.TypeProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes small models for tests: square float32 matrices everywhere. */
public final class TinyModel {
    /** Domain of the functions that a test defines. */
    public static final String FUNCTIONS = "local";

    private static final long SIDE = 4;
    private static final long OPSET = 17;

    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("tiny");
    private final List<FunctionProto> functions = new ArrayList<>();

    public TinyModel input(String name) {
        graph.addInput(matrix(name));
        return this;
    }

    /** An input of another element type or shape. */
    public TinyModel input(String name, ElementType type, long... dimensions) {
        graph.addInput(info(name, type, dimensions));
        return this;
    }

    /** An initializer with content of its own. */
    public TinyModel initializer(TensorProto.Builder tensor) {
        graph.addInitializer(tensor);
        return this;
    }

    public TinyModel output(String name) {
        if (graph.getOutputList().stream().noneMatch(output -> output.getName().equals(name))) {
            graph.addOutput(matrix(name));
        }
        return this;
    }

    public TinyModel output(String name, ElementType type, long... dimensions) {
        graph.addOutput(info(name, type, dimensions));
        return this;
    }

    public TinyModel weight(String name) {
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setName(name)
                .setDataType(TensorProto.DataType.FLOAT_VALUE)
                .addDims(SIDE)
                .addDims(SIDE);
        for (int i = 0; i < SIDE * SIDE; i++) {
            tensor.addFloatData(0.1f * i);
        }
        graph.addInitializer(tensor);
        return this;
    }

    /** A weight of one dimension. */
    public TinyModel vector(String name) {
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setName(name)
                .setDataType(TensorProto.DataType.FLOAT_VALUE)
                .addDims(SIDE);
        for (int i = 0; i < SIDE; i++) {
            tensor.addFloatData(0.5f + 0.3f * i);
        }
        graph.addInitializer(tensor);
        return this;
    }

    public TinyModel node(String operator, String output, String... inputs) {
        return named("", operator, output, inputs);
    }

    /** A node that TorchScript named: {@code /blocks.0/attn/MatMul}. */
    public TinyModel named(String name, String operator, String output, String... inputs) {
        graph.addNode(nodeOf(name, operator, output, inputs));
        return this;
    }

    /** The call of a function of {@link #FUNCTIONS}. */
    public TinyModel call(String name, String function, String output, String... inputs) {
        return node(nodeOf(name, function, output, inputs).toBuilder().setDomain(FUNCTIONS));
    }

    public TinyModel node(NodeProto.Builder node) {
        graph.addNode(node);
        return this;
    }

    public TinyModel function(FunctionProto.Builder function) {
        functions.add(function.build());
        return this;
    }

    public static NodeProto nodeOf(String name, String operator, String output, String... inputs) {
        return NodeProto.newBuilder()
                .setName(name)
                .setOpType(operator)
                .addAllInput(List.of(inputs))
                .addOutput(output)
                .build();
    }

    /** A function of one output, to be given nodes. */
    public static FunctionProto.Builder functionOf(String name, String output, String... inputs) {
        return FunctionProto.newBuilder()
                .setDomain(FUNCTIONS)
                .setName(name)
                .addAllInput(List.of(inputs))
                .addOutput(output)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPSET))
                .addOpsetImport(
                        OperatorSetIdProto.newBuilder().setDomain(FUNCTIONS).setVersion(1));
    }

    public OnnxModel write(Path folder) throws IOException {
        Path file = folder.resolve("tiny.onnx");
        Files.write(
                file,
                ModelProto.newBuilder()
                        .setIrVersion(8)
                        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPSET))
                        .addOpsetImport(OperatorSetIdProto.newBuilder()
                                .setDomain(FUNCTIONS)
                                .setVersion(1))
                        .addOpsetImport(OperatorSetIdProto.newBuilder()
                                .setDomain("com.microsoft")
                                .setVersion(1))
                        .addAllFunctions(functions)
                        .setGraph(graph)
                        .build()
                        .toByteArray());
        return OnnxModel.read(file);
    }

    private static ValueInfoProto matrix(String name) {
        return info(name, ElementType.FLOAT, SIDE, SIDE);
    }

    private static ValueInfoProto info(String name, ElementType type, long... dimensions) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long dimension : dimensions) {
            shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(dimension));
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(type.code())
                                .setShape(shape)))
                .build();
    }
}
