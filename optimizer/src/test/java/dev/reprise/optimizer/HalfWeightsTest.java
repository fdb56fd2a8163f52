package dev.reprise.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.bundle.Bundle;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.ManifestFile;
import dev.reprise.graph.model.WeightRange;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.optimizer.api.UnsupportedModelException;
import dev.reprise.testdata.TestModels;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Weights of half the size: the bundle opens, and computes what rounded weights give. */
class HalfWeightsTest {
    private static final Path MODEL = TestModels.golden("dit").resolve("torchscript.onnx");

    @TempDir
    private Path folder;

    /** Eleven and eight bits of a number: rounding errors of the weights, made somewhat larger on their way. */
    @ParameterizedTest
    @CsvSource({"FLOAT16, 1e-6, 2e-3", "BFLOAT16, 1e-4, 2e-2"})
    void computesWithRoundedWeights(ElementType type, double least, double most) throws Exception {
        Path plain = Optimizer.cut(MODEL, CutOptions.DEFAULTS.withPackedWeights(true))
                .write(folder.resolve("plain"));
        Path halved =
                Optimizer.cut(MODEL, CutOptions.DEFAULTS.withWeightsAs(type)).write(folder.resolve("halved"));

        Manifest manifest = Bundle.open(halved).manifest();
        Path file = halved.resolve("weights-" + type.name().toLowerCase(Locale.ROOT) + ".bin");
        assertThat(Files.size(file)).isLessThan(Files.size(plain.resolve("weights.bin")) * 6 / 10);
        Map<String, OnnxTensor> inputs = CutBitIdentityIT.inputs(MODEL, manifest);
        try {
            String output = manifest.outputs().get(0).name();
            FloatBuffer expected = floats(SegmentRunner.runWhole(MODEL, Set.of(output), inputs, OptLevel.ALL_OPT)
                    .get(output));
            for (OptLevel level : new OptLevel[] {OptLevel.ALL_OPT, OptLevel.NO_OPT}) {
                assertThat(RangeError.of(
                                expected,
                                floats(SegmentRunner.runCut(halved, manifest, halved, inputs, level)
                                        .get(output))))
                        .isBetween(least, most);
            }
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    @Test
    void refusesANumberThatFloat16DoesNotHave() throws Exception {
        int side = 64;
        ByteBuffer content = ByteBuffer.allocate(side * side * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        content.putFloat(0, 1e5f);
        Files.write(folder.resolve("w.bin"), content.array());
        new TinyModel()
                .input("x", ElementType.FLOAT, 2, side)
                .initializer(new WeightRange("w.bin", 0, content.capacity())
                        .applyTo(TensorProto.newBuilder()
                                .setName("large")
                                .setDataType(ElementType.FLOAT.code())
                                .addDims(side)
                                .addDims(side)))
                .node("MatMul", "y", "x", "large")
                .output("y", ElementType.FLOAT, 2, side)
                .write(folder);
        CutModel cut =
                Optimizer.cut(folder.resolve("tiny.onnx"), CutOptions.DEFAULTS.withWeightsAs(ElementType.FLOAT16));

        assertThatThrownBy(() -> cut.write(folder.resolve("bundle")))
                .isInstanceOf(InvalidModelException.class)
                .hasMessage(
                        "weight 'large' has the number 100000.0, which is beyond float16 (65504); store the weights as"
                                + " bfloat16");
        assertThat(folder.resolve("bundle")).doesNotExist();
        ManifestFile.read(
                Optimizer.cut(folder.resolve("tiny.onnx"), CutOptions.DEFAULTS.withWeightsAs(ElementType.BFLOAT16))
                        .write(folder.resolve("bundle")));
    }

    /** Cast takes bfloat16 since opset 13; float16 it has always taken. */
    @Test
    void refusesBfloat16WhereTheOpsetCannotCastIt() throws Exception {
        ModelProto tiny = new TinyModel()
                .input("x", ElementType.FLOAT, 2, 4)
                .node("Relu", "y", "x")
                .output("y", ElementType.FLOAT, 2, 4)
                .write(folder)
                .proto();
        Path old = folder.resolve("old.onnx");
        Files.write(old, withOpset(tiny, 12));
        Files.write(folder.resolve("new.onnx"), withOpset(tiny, 13));

        assertThatThrownBy(() -> Optimizer.cut(old, CutOptions.DEFAULTS.withWeightsAs(ElementType.BFLOAT16)))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessage(
                        "old.onnx has opset 12, and weights stored as bfloat16 need opset 13 or later, where Cast knows"
                                + " that type; store them as float16, or export the model with a later opset");
        assertThatCode(() -> Optimizer.cut(old, CutOptions.DEFAULTS.withWeightsAs(ElementType.FLOAT16)))
                .doesNotThrowAnyException();
        assertThatCode(() -> Optimizer.cut(
                        folder.resolve("new.onnx"), CutOptions.DEFAULTS.withWeightsAs(ElementType.BFLOAT16)))
                .doesNotThrowAnyException();
    }

    private static byte[] withOpset(ModelProto model, long version) {
        ModelProto.Builder changed = model.toBuilder();
        changed.getOpsetImportBuilder(0).setVersion(version);
        return changed.build().toByteArray();
    }

    private static FloatBuffer floats(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).asFloatBuffer();
    }
}
