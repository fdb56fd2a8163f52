package dev.reprise.optimizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.bundle.BlockChain;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Module;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.graph.recording.Recording;
import dev.reprise.graph.recording.RecordingDescription.AttentionModule;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.optimizer.api.Warning;
import dev.reprise.testdata.TestModels;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is located in real exports of both exporters is what the PyTorch model had. */
class CutGoldenTest {
    static List<Path> models() {
        return TestModels.goldenModels();
    }

    @ParameterizedTest
    @MethodSource("models")
    void findsEveryAttentionModuleAndItsKind(Path model) {
        Recording recording = Recording.read(model.getParent());
        Map<String, Boolean> expected = recording.description().attentionModules().stream()
                .collect(Collectors.toMap(AttentionModule::name, AttentionModule::crossAttention));
        Manifest manifest = Optimizer.cut(model, CutOptions.DEFAULTS).manifest();
        Map<String, Boolean> located = manifest.modules().stream()
                .filter(module -> module.kind().isAttention())
                .collect(Collectors.toMap(Module::path, module -> module.kind() == ModuleKind.CROSS_ATTENTION));
        assertThat(located).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("models")
    void findsEveryBlockInOrder(Path model) {
        Recording recording = Recording.read(model.getParent());
        CutModel cut = Optimizer.cut(model, CutOptions.DEFAULTS);
        assertThat(cut.blockLists().stream().map(list -> list.list() + "×" + list.length()))
                .isEqualTo(recording.description().blocks().stream()
                        .map(list -> list.list() + "×" + list.length())
                        .toList());
        int blocks =
                cut.blockLists().stream().mapToInt(CutModel.BlockList::length).sum();
        BlockChain chain = cut.manifest().chain();
        assertThat(chain).isNotNull();
        assertThat(chain.blocks()).hasSize(blocks);
        assertThat(chain.modulatedInput()).isNotNull();
        assertThat(cut.warnings().stream().map(Warning::code)).isSubsetOf(Warning.Code.CLONED);
    }

    @ParameterizedTest
    @MethodSource("models")
    void countsTheSameMultiplyAddsForBothExporters(Path model) {
        // Typical dimensions are the same in all exports of one architecture that share the batch kind.
        String kind = model.getFileName().toString().contains("dynamic") ? "_dynamic" : "";
        List<Long> counts = TestModels.goldenModels().stream()
                .filter(other -> other.getParent().equals(model.getParent()))
                .filter(other -> other.getFileName().toString().contains("dynamic") == !kind.isEmpty())
                .map(other ->
                        Optimizer.cut(other, CutOptions.DEFAULTS).manifest().multiplyAdds())
                .distinct()
                .toList();
        assertThat(counts).hasSize(1);
        assertThat(counts.get(0)).isPositive();
    }
}
