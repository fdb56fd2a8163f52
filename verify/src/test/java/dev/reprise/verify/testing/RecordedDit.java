package dev.reprise.verify.testing;

import dev.reprise.graph.recording.Recording;
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
import java.nio.file.Path;
import java.util.List;

/** A model, three recorded steps of it, and the same model with one weight changed: what a gate is shown with. */
public final class RecordedDit {
    public static final Path MODEL = TestModels.golden("dit").resolve("torchscript.onnx");

    /** First Block Cache, which reuses something in three steps. */
    public static final PolicyChoice FBC = PolicyChoice.of("fbc", "fbc", Json.object(), List.of("threshold=0.9"));

    private RecordedDit() {}

    /**
     * Records without a policy and with those given.
     *
     * @param folder is made; what is there is replaced
     */
    public static void record(Path folder, PolicyChoice... policies) throws IOException {
        SessionSettings settings = SessionSettings.cpu();
        settings.reserveThreads();
        try (OpenBundle bundle = OpenBundle.of(MODEL, CutOptions.DEFAULTS);
                CachedTransformer loaded = CachedTransformer.open(bundle.path(), settings)) {
            RecordedInputs inputs =
                    RecordedInputs.of(Recording.read(MODEL.getParent())).first(3);
            new RecordingRun(loaded, bundle.path(), settings, inputs, ProgressListener.NONE)
                    .record(List.of(policies), folder, true);
        }
    }

    /** Writes the model with another bias of the attention of its third block. */
    public static Path writeChanged(Path file) throws IOException {
        return ChangedWeight.write(MODEL, "transformer_blocks.2.attn1.to_out.0.bias", file);
    }
}
