package dev.reprise.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reprise.graph.bundle.BlockChain;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.optimizer.api.UnsupportedModelException;
import dev.reprise.testdata.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OptimizerTest {
    private static final Path PIXART = TestModels.golden("pixart").resolve("torchscript.onnx");

    @TempDir
    private Path temp;

    @Test
    void cutsAtModulesThatTheUserNames() {
        Manifest manifest = Optimizer.cut(
                        PIXART, CutOptions.DEFAULTS.withModules(List.of("transformer_blocks\\.\\d+\\.norm2")))
                .manifest();
        assertThat(manifest.modules(ModuleKind.OTHER)).hasSize(4);
    }

    @Test
    void identifiersThatMatchNothingNameTheNearestModules() {
        assertThatThrownBy(() ->
                        Optimizer.cut(PIXART, CutOptions.DEFAULTS.withModules(List.of("transformer_block.0.attn1"))))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("transformer_block.0.attn1")
                .hasMessageContaining("transformer_blocks.0.attn1");
        assertThatThrownBy(() ->
                        Optimizer.cut(PIXART, new CutOptions(List.of("decoder_layers"), List.of(), Map.of(), false)))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("decoder_layers")
                .hasMessageContaining("transformer_blocks");
    }

    @Test
    void refusesIdentifiersThatAreNoRegularExpressions() {
        assertThatThrownBy(() -> CutOptions.DEFAULTS.withModules(List.of("blocks(")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("blocks(");
    }

    @Test
    void refusesDimensionsThatTheModelDoesNotHave() {
        assertThatThrownBy(() -> Optimizer.cut(PIXART, CutOptions.DEFAULTS.withDimensions(Map.of("width", 8L))))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("width");
    }

    @Test
    void followsBothStreamsThroughDoubleAndSingleStreamBlocks() {
        BlockChain chain = Optimizer.cut(TestModels.golden("flux").resolve("dynamo.onnx"), CutOptions.DEFAULTS)
                .manifest()
                .chain();
        assertThat(chain).isNotNull();
        assertThat(chain.hiddenStates()).isEqualTo("linear");
        assertThat(chain.encoderHiddenStates()).isEqualTo("linear_5");
        assertThat(chain.blocks()).hasSize(8).extracting(BlockChain.Block::path).startsWith("transformer_blocks.0");
        assertThat(chain.first().encoderHiddenStates()).isNotNull();
    }

    @Test
    void endsAChainInTheLayoutItBeganWith() {
        // Latte's temporal blocks see frames where its spatial blocks see tokens; what follows the last restores the
        // order.
        Manifest manifest = Optimizer.cut(TestModels.golden("latte").resolve("dynamo.onnx"), CutOptions.DEFAULTS)
                .manifest();
        BlockChain chain = manifest.chain();
        assertThat(chain).isNotNull();
        assertThat(typical(manifest, chain.last().hiddenStates())).isEqualTo(typical(manifest, chain.hiddenStates()));
    }

    @Test
    void tellsTheRolesOfTheInputs() {
        assertThat(Optimizer.cut(PIXART, CutOptions.DEFAULTS).manifest().roles().latents())
                .isEqualTo("hidden_states");
        assertThat(Optimizer.cut(TestModels.golden("flux").resolve("dynamo.onnx"), CutOptions.DEFAULTS)
                        .manifest()
                        .roles()
                        .timestepScale())
                .isEqualTo(1000);
    }

    @Test
    void recordsTheOperatorSetUnderOneNameHoweverTheModelSpellsIt() throws IOException {
        ModelProto.Builder model = ModelProto.parseFrom(Files.readAllBytes(PIXART)).toBuilder();
        assertThat(model.getOpsetImport(0).getDomain()).isEmpty();
        model.getOpsetImportBuilder(0).setDomain("ai.onnx");
        Path spelled = Files.write(temp.resolve("model.onnx"), model.build().toByteArray());
        assertThat(Optimizer.cut(spelled, CutOptions.DEFAULTS)
                        .manifest()
                        .provenance()
                        .opsets())
                .isEqualTo(Optimizer.cut(PIXART, CutOptions.DEFAULTS)
                        .manifest()
                        .provenance()
                        .opsets());
    }

    private static List<Long> typical(Manifest manifest, String tensor) {
        return manifest.tensors().stream()
                .filter(spec -> spec.name().equals(tensor))
                .findFirst()
                .orElseThrow()
                .typical();
    }
}
