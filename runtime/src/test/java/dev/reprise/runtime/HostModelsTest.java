package dev.reprise.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import dev.reprise.graph.bundle.BlockChain;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Module;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import dev.reprise.testdata.TestModels;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Encoders and decoders: what is located in them is right, and cutting and exact caching change no bit. */
class HostModelsTest {
    @TempDir
    private Path folder;

    /** Post-norm blocks whose norms are spelled out; its feed-forward is no module. */
    @Test
    void anEncoderOfAnOldOpset() throws OrtException {
        Path model = TestModels.host("bert").resolve("opset11.onnx");
        Manifest found = requireSameBits(model);
        assertThat(blocks(found)).containsExactly("layer.0", "layer.1", "layer.2");
        assertThat(paths(found, true))
                .containsExactly("layer.0.attention.self", "layer.1.attention.self", "layer.2.attention.self");
        assertThat(paths(found, false)).isEmpty();
    }

    @Test
    void anEncoderWhoseFeedForwardHasAnOddName() throws OrtException {
        Manifest found = requireSameBits(TestModels.host("t5_encoder").resolve("torchscript.onnx"));
        assertThat(blocks(found)).containsExactly("block.0", "block.1", "block.2");
        assertThat(paths(found, true)).hasSize(3).allMatch(path -> path.endsWith("layer.0.SelfAttention"));
        assertThat(paths(found, false)).hasSize(3).allMatch(path -> path.endsWith("layer.1.DenseReluDense"));
    }

    @Test
    void aDecoderWithItsKeysAndValuesAsInputs() throws OrtException {
        Manifest found = requireSameBits(TestModels.host("llama").resolve("torchscript.onnx"));
        assertThat(blocks(found)).containsExactly("model.layers.0", "model.layers.1", "model.layers.2");
        assertThat(paths(found, true)).hasSize(3).allMatch(path -> path.endsWith("self_attn"));
        assertThat(paths(found, false)).hasSize(3).allMatch(path -> path.endsWith("mlp"));
        assertThat(found.roles().timestep()).isNull();
    }

    /** The second and third run have the first one's constant inputs, so that exact caching answers where it can. */
    private Manifest requireSameBits(Path model) throws OrtException {
        SessionSettings settings = SessionSettings.cpu().withoutOptimizations();
        try (CachedTransformer cut = CachedTransformer.open(TestBundles.cut(model, folder), settings);
                OriginalModel original = OriginalModel.open(model, settings)) {
            for (int i = 0; i < 3; i++) {
                Map<String, OnnxTensor> inputs = inputs(original.inputs(), i);
                byte[] expected = TestTensors.take(original.run(Step.at(i), inputs));
                assertThat(TestTensors.take(cut.run(Step.at(i), inputs))).isEqualTo(expected);
                TestTensors.close(inputs);
            }
            return cut.manifest();
        }
    }

    /** Tokens change from step to step; masks of ones, positions and all others are those of the first step. */
    private static Map<String, OnnxTensor> inputs(List<TensorSpec> specs, int step) throws OrtException {
        Map<String, OnnxTensor> inputs = TestTensors.random(specs, 5, 2);
        for (TensorSpec spec : specs) {
            if (spec.name().equals("input_ids") || spec.name().equals("token_type_ids")) {
                OnnxTensor drawn = inputs.get(spec.name());
                long[] shape = drawn.getInfo().getShape();
                LongBuffer tokens = drawn.getLongBuffer();
                for (int i = 0; i < tokens.capacity(); i++) {
                    tokens.put(i, spec.name().equals("input_ids") ? (tokens.get(i) + step) % 5 : tokens.get(i) % 2);
                }
                inputs.put(spec.name(), OnnxTensor.createTensor(TestTensors.environment(), tokens, shape));
                drawn.close();
            }
        }
        return inputs;
    }

    private static List<String> blocks(Manifest manifest) {
        return Objects.requireNonNull(manifest.chain()).blocks().stream()
                .map(BlockChain.Block::path)
                .toList();
    }

    private static Set<String> paths(Manifest manifest, boolean attention) {
        return manifest.modules().stream()
                .filter(module -> attention ? module.kind().isAttention() : module.kind() == ModuleKind.FEED_FORWARD)
                .map(Module::path)
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
