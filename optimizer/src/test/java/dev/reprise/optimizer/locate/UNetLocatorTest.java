package dev.reprise.optimizer.locate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Module;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.graph.bundle.UNet;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.optimizer.CutModel;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.testdata.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UNetLocatorTest {
    private static final Path SD15 = TestModels.unet("sd15").resolve("torchscript.onnx");

    @Test
    void findsTheSkipConnectionsFromTheOutputInwards() {
        CutModel cut = Optimizer.cut(SD15, CutOptions.DEFAULTS);

        assertThat(unet(cut).skips())
                .extracting(skip -> skip.block() + " " + skip.layer() + " " + skip.from() + " > " + skip.into())
                .containsExactly(
                        "0 0 conv_in > up_blocks.3.resnets.2",
                        "0 1 down_blocks.0.attentions.0 > up_blocks.3.resnets.1",
                        "0 2 down_blocks.0.attentions.1 > up_blocks.3.resnets.0",
                        "1 0 down_blocks.0.downsamplers.0 > up_blocks.2.resnets.2",
                        "1 1 down_blocks.1.attentions.0 > up_blocks.2.resnets.1",
                        "1 2 down_blocks.1.attentions.1 > up_blocks.2.resnets.0",
                        "2 0 down_blocks.1.downsamplers.0 > up_blocks.1.resnets.2",
                        "2 1 down_blocks.2.attentions.0 > up_blocks.1.resnets.1",
                        "2 2 down_blocks.2.attentions.1 > up_blocks.1.resnets.0",
                        "3 0 down_blocks.2.downsamplers.0 > up_blocks.0.resnets.2",
                        "3 1 down_blocks.3.resnets.0 > up_blocks.0.resnets.1",
                        "3 2 down_blocks.3.resnets.1 > up_blocks.0.resnets.0");
        // What enters a layer is the output of the layer before it.
        assertThat(unet(cut).skip(0, 0).orElseThrow().entering())
                .isIn(cut.manifest()
                        .module("up_blocks.3.attentions.1")
                        .orElseThrow()
                        .outputs());
        assertThat(unet(cut).skip(3, 2).orElseThrow().entering())
                .isIn(cut.manifest().module("mid_block").orElseThrow().outputs());
    }

    @Test
    void findsBlocksLayersAndTheTransformersInThem() {
        CutModel cut = Optimizer.cut(SD15, CutOptions.DEFAULTS);

        assertThat(paths(cut.manifest(), ModuleKind.UNET_BLOCK))
                .containsExactly(
                        "down_blocks.0",
                        "down_blocks.1",
                        "down_blocks.2",
                        "down_blocks.3",
                        "mid_block",
                        "up_blocks.0",
                        "up_blocks.1",
                        "up_blocks.2",
                        "up_blocks.3");
        assertThat(paths(cut.manifest(), ModuleKind.UNET_LAYER))
                .hasSize(8 + 6 + 3 + 3 + 12 + 9 + 3)
                .contains("down_blocks.2.downsamplers.0", "mid_block.attentions.0", "up_blocks.0.upsamplers.0");
        assertThat(paths(cut.manifest(), ModuleKind.TRANSFORMER_BLOCK))
                .hasSize(16)
                .allMatch(path -> path.endsWith(
                        ".attentions." + path.charAt(path.indexOf(".attentions.") + 12) + ".transformer_blocks.0"));
        assertThat(cut.manifest().modules())
                .filteredOn(module -> module.kind().isAttention())
                .hasSize(32);
        assertThat(paths(cut.manifest(), ModuleKind.FINAL_PROJECTION)).containsExactly("conv_out");
        // Lists of one block each are no chain.
        assertThat(cut.manifest().chain()).isNull();
        assertThat(cut.warnings()).isEmpty();
    }

    @Test
    void residualsOfAControlNetBelongToNoSkipConnection() {
        CutModel cut = Optimizer.cut(TestModels.unet("controlnet").resolve("dynamo.onnx"), CutOptions.DEFAULTS);

        assertThat(unet(cut).skips())
                .extracting(skip -> skip.from() + " > " + skip.into())
                .containsExactly(
                        "conv_in > up_blocks.1.resnets.1",
                        "down_blocks.0.attentions.0 > up_blocks.1.resnets.0",
                        "down_blocks.0.downsamplers.0 > up_blocks.0.resnets.1",
                        "down_blocks.1.resnets.0 > up_blocks.0.resnets.0");
        assertThat(unet(cut).skip(1, 1).orElseThrow().entering())
                .isIn(cut.manifest().module("mid_block").orElseThrow().outputs());
    }

    @Test
    void findsTheSameConnectionsWithoutAnyName(@TempDir Path folder) throws IOException {
        Path nameless = folder.resolve("nameless.onnx");
        Files.write(
                nameless,
                withoutNames(ModelProto.parseFrom(Files.readAllBytes(SD15))).toByteArray());

        UNet unet = unet(Optimizer.cut(nameless, CutOptions.DEFAULTS));

        assertThat(unet.blocks()).isEqualTo(4);
        assertThat(unet.skips())
                .extracting(skip -> 3 * skip.block() + skip.layer())
                .containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    }

    /** Concatenations of queries, streams and rotary halves lie in no other, and no resolution changes. */
    @ParameterizedTest
    @ValueSource(strings = {"flux/dynamo.onnx", "sd3/dynamo.onnx", "latte/torchscript.onnx"})
    void transformersAreNone(String model) {
        Path file = TestModels.golden(model.substring(0, model.indexOf('/')))
                .resolve(model.substring(model.indexOf('/') + 1));

        assertThat(Optimizer.cut(file, CutOptions.DEFAULTS).manifest().unet()).isNull();
    }

    private static UNet unet(CutModel cut) {
        return Objects.requireNonNull(cut.manifest().unet());
    }

    private static List<String> paths(Manifest manifest, ModuleKind kind) {
        return manifest.modules(kind).stream().map(Module::path).toList();
    }

    /** Nodes, weights and values by number, but for the model's inputs and outputs. */
    private static ModelProto withoutNames(ModelProto model) {
        GraphProto graph = model.getGraph();
        Map<String, String> names = new HashMap<>(Map.of("", ""));
        graph.getInputList().forEach(input -> names.put(input.getName(), input.getName()));
        graph.getOutputList().forEach(output -> names.put(output.getName(), output.getName()));
        GraphProto.Builder renamed =
                graph.toBuilder().clearNode().clearInitializer().clearValueInfo();
        for (TensorProto weight : graph.getInitializerList()) {
            renamed.addInitializer(weight.toBuilder().setName(name(weight.getName(), names)));
        }
        for (NodeProto node : graph.getNodeList()) {
            NodeProto.Builder copy = node.toBuilder().clearName().clearInput().clearOutput();
            node.getInputList().forEach(input -> copy.addInput(name(input, names)));
            node.getOutputList().forEach(output -> copy.addOutput(name(output, names)));
            renamed.addNode(copy);
        }
        return model.toBuilder().setGraph(renamed).build();
    }

    private static String name(String name, Map<String, String> names) {
        return names.computeIfAbsent(name, missing -> "v" + names.size());
    }
}
