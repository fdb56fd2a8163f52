package dev.reprise.maven;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import dev.reprise.graph.recording.Recording;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.testdata.ChangedWeight;
import dev.reprise.testdata.TestModels;
import dev.reprise.verify.api.ProgressListener;
import dev.reprise.verify.record.RecordingRun;
import dev.reprise.verify.run.OpenBundle;
import dev.reprise.verify.run.PolicyChoice;
import dev.reprise.verify.run.RecordedInputs;
import dev.reprise.verify.text.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** Writes what the projects in {@code src/it} share: a model, the same with one weight changed, a recording of three steps, and a bundle. */
final class Fixture {
    private static final Path MODEL = TestModels.golden("dit").resolve("torchscript.onnx");

    private Fixture() {}

    /** @param args the folder; what is there is replaced */
    public static void main(String[] args) throws IOException {
        Path folder = Files.createDirectories(Path.of(args[0]));
        Files.copy(MODEL, folder.resolve("model.onnx"), StandardCopyOption.REPLACE_EXISTING);
        ChangedWeight.write(MODEL, "transformer_blocks.2.attn1.to_out.0.bias", folder.resolve("changed.onnx"));
        SessionSettings settings = SessionSettings.cpu();
        settings.reserveThreads();
        try (OpenBundle bundle = OpenBundle.of(MODEL, CutOptions.DEFAULTS);
                CachedTransformer loaded = CachedTransformer.open(bundle.path(), settings)) {
            RecordedInputs inputs =
                    RecordedInputs.of(Recording.read(MODEL.getParent())).first(3);
            PolicyChoice fbc = PolicyChoice.of("fbc", "fbc", Json.object(), List.of("threshold=0.9"));
            new RecordingRun(loaded, bundle.path(), settings, inputs, ProgressListener.NONE)
                    .record(List.of(fbc), folder.resolve("recording"), true);
        }
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
