package dev.reprise.maven;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.testdata.TestModels;
import dev.reprise.verify.run.PolicyChoice;
import dev.reprise.verify.testing.RecordedDit;
import dev.reprise.verify.text.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** Writes what the projects in {@code src/it} share: a model, the same with one weight changed, a recording of three steps, one with a policy of others, and a bundle. */
final class Fixture {
    private Fixture() {}

    /** @param args the folder; what is there is replaced */
    public static void main(String[] args) throws IOException {
        Path folder = Files.createDirectories(Path.of(args[0]));
        Files.copy(RecordedDit.MODEL, folder.resolve("model.onnx"), StandardCopyOption.REPLACE_EXISTING);
        RecordedDit.writeChanged(folder.resolve("changed.onnx"));
        RecordedDit.record(folder.resolve("recording"), RecordedDit.FBC);
        RecordedDit.record(
                folder.resolve("recording-of-others"),
                PolicyChoice.of("sparse", "sparse_middle", Json.object(), List.of("head=1", "tail=0", "threshold=5")));
        Path pixart = Files.copy(
                TestModels.golden("pixart").resolve("torchscript.onnx"),
                folder.resolve("pixart.onnx"),
                StandardCopyOption.REPLACE_EXISTING);
        Path bundle = folder.resolve("pixart.bundle");
        if (Files.exists(bundle)) {
            MoreFiles.deleteRecursively(bundle, RecursiveDeleteOption.ALLOW_INSECURE);
        }
        Optimizer.cut(pixart, CutOptions.DEFAULTS).write(bundle);
    }
}
