package dev.reprise.optimizer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.graph.recording.Recording;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.testdata.TestModels;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Running all segments equals running the model: bit for bit without optimizations, to rounding with them. {@code -Dreprise.zoo} names
 * folders with other models, a recording beside each.
 */
class CutBitIdentityIT {
    private static final double ROUNDING = 1e-5;
    private static final int STEP = 3;

    @TempDir
    private Path temp;

    static List<Path> models() {
        return TestModels.zooOr(Stream.of(
                        TestModels.goldenModels(), TestModels.foreignModels(), TestModels.unetModels())
                .flatMap(List::stream)
                // The CPU provider computes float16 in float32 inside a session, so a cut rounds where the whole
                // model does not.
                .filter(model -> !model.equals(TestModels.unet("optimum").resolve("model.onnx")))
                .toList());
    }

    @ParameterizedTest
    @MethodSource("models")
    void cutEqualsUncut(Path model) throws Exception {
        compare(model, CutOptions.DEFAULTS);
    }

    @ParameterizedTest
    @MethodSource("models")
    void cutWithPackedWeightsEqualsUncut(Path model) throws Exception {
        compare(model, CutOptions.DEFAULTS.withPackedWeights(true));
    }

    private void compare(Path model, CutOptions options) throws Exception {
        CutModel cut = Optimizer.cut(model, options);
        Manifest manifest = cut.manifest();
        Path bundle = cut.write(temp.resolve("bundle"));
        Path weights = options.packWeights() ? bundle : model.getParent();
        Map<String, OnnxTensor> inputs = inputs(model, manifest);
        Set<String> outputs = new LinkedHashSet<>();
        manifest.outputs().forEach(output -> outputs.add(output.name()));
        try {
            assertThat(SegmentRunner.runCut(bundle, manifest, weights, inputs, OptLevel.NO_OPT))
                    .usingRecursiveComparison()
                    .isEqualTo(SegmentRunner.runWhole(model, outputs, inputs, OptLevel.NO_OPT));
            if (manifest.outputs().get(0).elementType() != ElementType.FLOAT) {
                return;
            }
            Map<String, byte[]> whole = SegmentRunner.runWhole(model, outputs, inputs, OptLevel.ALL_OPT);
            SegmentRunner.runCut(bundle, manifest, weights, inputs, OptLevel.ALL_OPT)
                    .forEach((name, bytes) ->
                            assertThat(relativeError(whole.get(name), bytes)).isLessThan(ROUNDING));
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    static Map<String, OnnxTensor> inputs(Path model, Manifest manifest) throws Exception {
        Map<String, StoredTensor> stored = Recording.read(model.getParent()).inputs(STEP);
        Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
        for (TensorSpec spec : manifest.inputs()) {
            StoredTensor tensor = stored.get(spec.name());
            ByteBuffer data =
                    ByteBuffer.allocateDirect(tensor.data().remaining()).order(ByteOrder.nativeOrder());
            data.put(tensor.data().duplicate()).flip();
            long[] shape = tensor.shape().stream().mapToLong(Long::longValue).toArray();
            inputs.put(
                    spec.name(),
                    OnnxTensor.createTensor(
                            OrtEnvironment.getEnvironment(), data, shape, javaType(tensor.elementType())));
        }
        return inputs;
    }

    private static OnnxJavaType javaType(ElementType type) {
        return OnnxJavaType.valueOf(type.name());
    }

    private static double relativeError(byte[] expected, byte[] actual) {
        FloatBuffer a = ByteBuffer.wrap(expected).order(ByteOrder.nativeOrder()).asFloatBuffer();
        FloatBuffer b = ByteBuffer.wrap(actual).order(ByteOrder.nativeOrder()).asFloatBuffer();
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < a.remaining(); i++) {
            largest = Math.max(largest, Math.abs(a.get(i)));
            difference = Math.max(difference, Math.abs(a.get(i) - b.get(i)));
        }
        return difference / largest;
    }
}
