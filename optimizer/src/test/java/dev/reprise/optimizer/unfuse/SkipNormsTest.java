package dev.reprise.optimizer.unfuse;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.optimizer.TinyModel;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SkipNormsTest {
    private static final int SIDE = 4;
    private static final int SEED = 11;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "SkipLayerNormalization, x skip gamma beta, Add Sub SkipLayerNormalization",
        "SkipLayerNormalization, x skip gamma beta bias, Add Add Sub SkipLayerNormalization",
        "SkipSimplifiedLayerNormalization, x skip gamma, Add Sub SkipSimplifiedLayerNormalization",
        "SkipSimplifiedLayerNormalization, x skip gamma bias, Add Add Sub SkipSimplifiedLayerNormalization"
    })
    void theSumAndTheNormAreThoseOfTheFusedNodeToTheBit(String operator, String inputs, String split) throws Exception {
        OnnxModel fused = model(operator, List.of(inputs.split(" ")), "norm", "", "", "sum");
        OnnxModel apart = SkipNorms.split(fused);
        assertThat(operators(apart)).containsExactly(split.split(" "));
        assertThat(run(apart)).isEqualTo(run(fused)).hasSize(2);
    }

    @Test
    void givesASumThatNobodyReadAName() throws Exception {
        OnnxModel apart =
                SkipNorms.split(model("SkipLayerNormalization", List.of("x", "skip", "gamma", "beta"), "norm"));
        assertThat(apart.proto().getGraph().getNode(0).getOutput(0)).isEqualTo("skip_sum_value");
        assertThat(run(apart)).hasSize(1);
    }

    @Test
    void doesNotFireWithoutSuchANode() throws IOException {
        OnnxModel model =
                new TinyModel().input("x").node("Neg", "y", "x").output("y").write(folder);
        assertThat(SkipNorms.split(model)).isSameAs(model);
    }

    private OnnxModel model(String operator, List<String> inputs, String... outputs) throws IOException {
        TinyModel tiny = new TinyModel().input("x").input("skip");
        for (String vector : List.of("gamma", "beta", "bias")) {
            if (inputs.contains(vector)) {
                tiny.vector(vector);
            }
        }
        tiny.node(NodeProto.newBuilder()
                .setOpType(operator)
                .setDomain("com.microsoft")
                .addAllInput(inputs)
                .addAllOutput(List.of(outputs))
                .addAttribute(AttributeProto.newBuilder()
                        .setName("epsilon")
                        .setType(AttributeProto.AttributeType.FLOAT)
                        .setF(1e-6f)));
        for (String output : outputs) {
            if (!output.isEmpty()) {
                tiny.output(output);
            }
        }
        return tiny.write(folder);
    }

    private static List<String> operators(OnnxModel model) {
        return model.proto().getGraph().getNodeList().stream()
                .map(NodeProto::getOpType)
                .toList();
    }

    private static List<List<Float>> run(OnnxModel model) throws OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        ModelProto proto = model.proto();
        try (SessionOptions options = new SessionOptions()) {
            options.setOptimizationLevel(OptLevel.NO_OPT);
            try (OrtSession session = environment.createSession(proto.toByteArray(), options);
                    OnnxTensor x = OnnxTensor.createTensor(environment, numbers(SEED));
                    OnnxTensor skip = OnnxTensor.createTensor(environment, numbers(SEED + 1));
                    OrtSession.Result result = session.run(Map.of("x", x, "skip", skip))) {
                List<List<Float>> outputs = new ArrayList<>();
                result.forEach(output -> {
                    List<Float> values = new ArrayList<>();
                    FloatBuffer buffer = ((OnnxTensor) output.getValue()).getFloatBuffer();
                    while (buffer.hasRemaining()) {
                        values.add(buffer.get());
                    }
                    outputs.add(values);
                });
                return outputs;
            }
        }
    }

    private static float[][] numbers(int seed) {
        Random random = new Random(seed);
        float[][] numbers = new float[SIDE][SIDE];
        for (float[] row : numbers) {
            for (int i = 0; i < SIDE; i++) {
                row[i] = (float) random.nextGaussian();
            }
        }
        return numbers;
    }
}
