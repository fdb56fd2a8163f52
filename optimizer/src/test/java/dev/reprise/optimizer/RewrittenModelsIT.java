package dev.reprise.optimizer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.optimizer.api.CutOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Safe rewrites on real exports of both exporters: the outputs stay within rounding, and so does everything a policy sees. */
class RewrittenModelsIT {
    /** Of the output's range. */
    private static final double SAFE = 1e-5;

    @TempDir
    private Path temp;

    static List<Path> models() {
        return CutBitIdentityIT.models();
    }

    @ParameterizedTest
    @MethodSource("models")
    void computesTheSameUpToRounding(Path model) throws Exception {
        CutModel cut = Optimizer.cut(model, CutOptions.DEFAULTS);
        Manifest manifest = cut.manifest();
        assertThat(manifest.rewritten()).as("rewritten segments").isNotEmpty();
        Path bundle = cut.write(temp.resolve("bundle"));
        Map<String, OnnxTensor> inputs = CutBitIdentityIT.inputs(model, manifest);
        Set<String> outputs = new LinkedHashSet<>();
        manifest.outputs().forEach(output -> outputs.add(output.name()));
        try {
            Map<String, byte[]> whole = SegmentRunner.runWhole(model, outputs, inputs, OptLevel.ALL_OPT);
            SegmentRunner.runRewritten(bundle, manifest, model.getParent(), inputs, OptLevel.ALL_OPT)
                    .forEach((name, bytes) -> assertThat(RangeError.of(floats(whole.get(name)), floats(bytes)))
                            .as(name)
                            .isLessThan(SAFE));
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void cutsAtTheSamePlaces(Path model) {
        Manifest plain =
                Optimizer.cut(model, CutOptions.DEFAULTS.withoutRewrites()).manifest();
        Manifest rewritten = Optimizer.cut(model, CutOptions.DEFAULTS).manifest();
        assertThat(plain.rewritten()).isEmpty();
        assertThat(rewritten.withRewritten(List.of())).isEqualTo(plain);
    }

    private static FloatBuffer floats(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).asFloatBuffer();
    }
}
