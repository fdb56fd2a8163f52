package dev.reprise.optimizer.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reprise.graph.bundle.Bundle;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.ManifestFile;
import dev.reprise.optimizer.CutModel;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.BundleWriteException;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.testdata.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundleWriterTest {
    private static final Path MODEL = TestModels.golden("pixart").resolve("torchscript.onnx");

    @TempDir
    private Path temp;

    @Test
    void writesWhatTheManifestSaysAndRefersToTheWeights() throws IOException {
        CutModel cut = Optimizer.cut(MODEL, CutOptions.DEFAULTS);
        Path bundle = cut.write(temp.resolve("deep/bundle"));
        Manifest manifest = ManifestFile.read(bundle);
        assertThat(manifest.segments()).isEqualTo(cut.manifest().segments());
        assertThat(manifest.weights().files()).extracting(file -> file.name()).containsExactly("torchscript.onnx");
        assertThat(Bundle.open(bundle).weights().folder())
                .isEqualTo(MODEL.getParent().toRealPath());
        assertThat(temp.resolve("deep").toFile().list()).containsExactly("bundle");
    }

    @Test
    void packedWeightsMakeABundleThatNeedsNothingElse() {
        Path bundle = Optimizer.cut(MODEL, new CutOptions(List.of(), List.of(), Map.of(), true))
                .write(temp.resolve("bundle"));
        Manifest manifest = ManifestFile.read(bundle);
        assertThat(manifest.weights().directory()).isEqualTo(".");
        assertThat(bundle.resolve("weights.bin")).exists();
    }

    @Test
    void refusesAFolderThatIsNotEmptyAndLeavesItAlone() throws IOException {
        Path bundle = Files.createDirectory(temp.resolve("bundle"));
        Files.writeString(bundle.resolve("mine.txt"), "mine");
        assertThatThrownBy(() -> Optimizer.cut(MODEL, CutOptions.DEFAULTS).write(bundle))
                .isInstanceOf(BundleWriteException.class)
                .hasMessageContaining("expected a new or empty folder, found files in it");
        assertThat(bundle.resolve("mine.txt")).hasContent("mine");
        assertThat(temp.toFile().list()).containsExactly("bundle");
    }
}
