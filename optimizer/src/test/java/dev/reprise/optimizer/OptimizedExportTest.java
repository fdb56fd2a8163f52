package dev.reprise.optimizer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.testdata.TestModels;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * ONNX Runtime's basic optimizations drop the metadata of dynamo's exports, fold the transposed weights and fuse layers; the modules
 * are those of the export all the same.
 */
class OptimizedExportTest {
    @TempDir
    private Path folder;

    static Stream<Path> exports() {
        return Stream.concat(TestModels.goldenModels().stream(), TestModels.foreignModels().stream());
    }

    @ParameterizedTest
    @MethodSource("exports")
    void hasTheModulesOfTheExport(Path export) throws OrtException {
        Path optimized = folder.resolve("optimized.onnx");
        try (SessionOptions options = new SessionOptions()) {
            options.setOptimizationLevel(OptLevel.BASIC_OPT);
            options.setOptimizedModelFilePath(optimized.toString());
            OrtEnvironment environment = OrtEnvironment.getEnvironment();
            try (OrtSession session = environment.createSession(export.toString(), options)) {
                assertThat(session.getNumOutputs()).isPositive();
            }
        }
        Manifest expected = Optimizer.cut(export, CutOptions.DEFAULTS).manifest();
        Manifest found = Optimizer.cut(optimized, CutOptions.DEFAULTS).manifest();
        assertThat(modules(found)).isEqualTo(modules(expected));
        assertThat(chain(found)).isEqualTo(chain(expected));
    }

    /** Joint attention counts as self-attention: without names, its one sequence may be put together before it, in the block. */
    private static Map<String, ModuleKind> modules(Manifest manifest) {
        Map<String, ModuleKind> modules = new TreeMap<>();
        manifest.modules()
                .forEach(module -> modules.put(
                        module.path(),
                        module.kind() == ModuleKind.JOINT_ATTENTION ? ModuleKind.SELF_ATTENTION : module.kind()));
        return modules;
    }

    private static List<String> chain(Manifest manifest) {
        return Objects.requireNonNull(manifest.chain()).blocks().stream()
                .map(block -> block.path() + " -> " + block.hiddenStates() + ", " + block.encoderHiddenStates())
                .toList();
    }
}
