package dev.reprise.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.google.protobuf.ByteString;
import dev.reprise.graph.bundle.Bundle;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.OperatorSetIdProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.graph.onnx.TensorShapeProto;
import dev.reprise.graph.onnx.TypeProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.runtime.api.InvalidInputException;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code y = x · w + b}, where {@code w} and {@code b} are initializers that are listed as inputs too. */
class DefaultInputsTest {
    private static final int SIDE = 32;

    @TempDir
    private Path folder;

    private final Random random = new Random(7);
    private Path model;
    /** The same where all three must be fed: ONNX Runtime's Java interface cannot feed an input that has a default. */
    private Path required;

    @BeforeEach
    void write() throws IOException {
        model = write("model.onnx", 4, true);
        required = write("required.onnx", 4, false);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void computesWhatTheUnsplitModelComputes(boolean packed) throws OrtException {
        Path bundle = cut(packed);
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession whole = environment.createSession(model.toString());
                OrtSession fed = environment.createSession(required.toString());
                CachedTransformer transformer = CachedTransformer.open(bundle, SessionSettings.cpu());
                OnnxTensor x = matrix(environment);
                OnnxTensor w = matrix(environment);
                OnnxTensor b = OnnxTensor.createTensor(environment, new float[SIDE])) {
            for (Map<String, OnnxTensor> inputs :
                    List.of(Map.of("x", x), Map.of("x", x, "w", w, "b", b), Map.of("x", x))) {
                OrtSession session = inputs.size() == 1 ? whole : fed;
                try (OrtSession.Result expected = session.run(inputs);
                        Outputs found = transformer.run(Step.at(0), inputs)) {
                    assertThat(bytes(found.get("y"))).isEqualTo(bytes((OnnxTensor) expected.get(0)));
                }
            }
        }
    }

    @Test
    void requiresTheOthers() {
        try (CachedTransformer transformer = CachedTransformer.open(cut(false), SessionSettings.cpu())) {
            assertThat(transformer.inputs()).extracting(TensorSpec::name).containsExactly("b", "x", "w");
            assertThatThrownBy(() -> transformer.run(Step.at(0), Map.of()))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessage("input 'x' is missing; the model expects b FLOAT[32] (optional), x FLOAT[32, 32], "
                            + "w FLOAT[32, 32] (optional)");
        }
    }

    /** Before IR version 4 every initializer was listed as an input, and none could be fed. */
    @Test
    void oldModelsHaveNone() throws IOException {
        model = write("old.onnx", 3, true);

        assertThat(Bundle.open(cut(false)).manifest().inputs())
                .extracting(TensorSpec::name)
                .containsExactly("x");
    }

    private Path cut(boolean packed) {
        return Optimizer.cut(model, new CutOptions(List.of(), List.of(), Map.of(), packed))
                .write(folder.resolve("bundle"));
    }

    private Path write(String file, long irVersion, boolean defaults) throws IOException {
        GraphProto.Builder graph = GraphProto.newBuilder()
                .setName("defaults")
                .addInput(declare("b", SIDE))
                .addInput(declare("x", SIDE, SIDE))
                .addInput(declare("w", SIDE, SIDE))
                .addOutput(declare("y", SIDE, SIDE))
                .addNode(node("MatMul", "product", "x", "w"))
                .addNode(node("Add", "y", "product", "b"));
        if (defaults) {
            graph.addInitializer(weight("w", SIDE, SIDE)).addInitializer(weight("b", SIDE));
        }
        return Files.write(
                folder.resolve(file),
                ModelProto.newBuilder()
                        .setIrVersion(irVersion)
                        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(9))
                        .setGraph(graph)
                        .build()
                        .toByteArray());
    }

    private TensorProto weight(String name, long... dims) {
        TensorProto.Builder tensor =
                TensorProto.newBuilder().setName(name).setDataType(TensorProto.DataType.FLOAT_VALUE);
        int elements = 1;
        for (long dim : dims) {
            tensor.addDims(dim);
            elements *= (int) dim;
        }
        ByteBuffer content = ByteBuffer.allocate(elements * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (content.hasRemaining()) {
            content.putFloat(random.nextFloat());
        }
        return tensor.setRawData(ByteString.copyFrom(content.flip())).build();
    }

    private OnnxTensor matrix(OrtEnvironment environment) throws OrtException {
        FloatBuffer values = FloatBuffer.allocate(SIDE * SIDE);
        while (values.hasRemaining()) {
            values.put(random.nextFloat());
        }
        return OnnxTensor.createTensor(environment, values.flip(), new long[] {SIDE, SIDE});
    }

    private static byte[] bytes(OnnxTensor tensor) {
        ByteBuffer buffer = tensor.getByteBuffer();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private static NodeProto node(String operator, String output, String... inputs) {
        return NodeProto.newBuilder()
                .setOpType(operator)
                .addAllInput(List.of(inputs))
                .addOutput(output)
                .build();
    }

    private static ValueInfoProto declare(String name, long... dims) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long dim : dims) {
            shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(dim));
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(TensorProto.DataType.FLOAT_VALUE)
                                .setShape(shape)))
                .build();
    }
}
