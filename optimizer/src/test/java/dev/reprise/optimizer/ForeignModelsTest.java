package dev.reprise.optimizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.reprise.graph.bundle.BlockChain;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Module;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.optimizer.api.Warning;
import dev.reprise.testdata.TestModels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is to be found in models of other code bases stands beside them. */
class ForeignModelsTest {
    static Stream<Path> models() {
        return TestModels.foreignModels().stream();
    }

    @ParameterizedTest
    @MethodSource("models")
    void allModulesAreFound(Path model) throws IOException {
        JsonNode expected =
                new ObjectMapper().readTree(model.resolveSibling("expect.json").toFile());
        CutModel cut = Optimizer.cut(model, CutOptions.DEFAULTS);
        Manifest manifest = cut.manifest();
        assertThat(paths(manifest, module -> module.kind().isAttention())).containsAll(texts(expected, "attention"));
        assertThat(paths(manifest, module -> module.kind() == ModuleKind.FEED_FORWARD))
                .containsAll(texts(expected, "ff"));
        assertThat(Objects.requireNonNull(manifest.chain()).blocks().stream().map(BlockChain.Block::path))
                .containsExactlyElementsOf(texts(expected, "blocks"));
        assertThat(cut.warnings())
                .extracting(Warning::code)
                .doesNotContain(Warning.Code.UNLOCATED_ATTENTION, Warning.Code.LOCATION, Warning.Code.NO_BLOCK_CHAIN);
    }

    /** None of them is called proj_out. */
    @ParameterizedTest
    @MethodSource("models")
    void theLastLayerIsTheFinalProjection(Path model) {
        Manifest manifest = Optimizer.cut(model, CutOptions.DEFAULTS).manifest();
        assertThat(paths(manifest, module -> module.kind() == ModuleKind.FINAL_PROJECTION))
                .singleElement()
                .asString()
                .matches("head|final_layer\\.linear");
    }

    private static List<String> paths(Manifest manifest, Predicate<Module> kind) {
        return manifest.modules().stream().filter(kind).map(Module::path).toList();
    }

    private static List<String> texts(JsonNode node, String field) {
        return StreamSupport.stream(node.path(field).spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }
}
