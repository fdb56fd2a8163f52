package dev.reprise.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.graph.recording.Recording;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.runtime.CacheContext;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.DenoisingModel;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.testdata.TestModels;
import dev.reprise.verify.run.Playback;
import dev.reprise.verify.run.RecordedInputs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecorderIT {
    private static final Path MODEL = TestModels.golden("dit").resolve("torchscript.onnx");
    private static final RecordedInputs SOURCE =
            RecordedInputs.of(Recording.read(MODEL.getParent())).first(4);

    @TempDir
    private static Path folder;

    private static Path bundle;

    @BeforeAll
    static void cut() {
        bundle = Optimizer.cut(MODEL, CutOptions.DEFAULTS).write(folder.resolve("bundle"));
    }

    private static CachedTransformer open() {
        return CachedTransformer.open(bundle, SessionSettings.cpu());
    }

    /** An application's loop. */
    private static void generate(DenoisingModel model) {
        Playback.run(
                model, SOURCE, (step, outputs) -> assertThat(outputs.names()).isNotEmpty());
    }

    @Test
    void whatRanIsWhatVerifyReplays(@TempDir Path target) throws Exception {
        Path recording = target.resolve("recording");
        try (Recorder recorder = Recorder.wrap(open(), recording)) {
            generate(recorder);
            assertThat(recording).doesNotExist();
            recorder.finish();
        }

        Recording read = Recording.read(recording);
        assertThat(read.description().steps()).isEqualTo(4);
        assertThat(read.description().timesteps()).isEqualTo(SOURCE.timesteps());
        assertThat(read.fingerprint()).isPresent();
        for (int step = 0; step < 4; step++) {
            assertThat(read.inputs(step)).isEqualTo(SOURCE.inputs(step));
        }
        Verification.of(MODEL, recording).assertPasses();
    }

    @Test
    void oneBranchAndChosenStepsAreRecorded(@TempDir Path target) throws Exception {
        CachedTransformer transformer = open();
        try (Recorder recorder = Recorder.wrap(transformer, target.resolve("recording"))
                .context("cond")
                .steps(1, 3)) {
            for (String branch : new String[] {"uncond", "cond"}) {
                CacheContext context = transformer.cacheContext(branch);
                generate(recorder);
                context.close();
            }
            assertThat(recorder.recorded()).isEqualTo(2);
            recorder.finish();
        }
        assertThat(Recording.read(target.resolve("recording")).description().timesteps())
                .containsExactly(SOURCE.timesteps().get(1), SOURCE.timesteps().get(3));
    }

    @Test
    void bytesHaveALimit(@TempDir Path target) throws Exception {
        long step = SOURCE.inputs(0).values().stream()
                .mapToLong(tensor -> tensor.data().remaining())
                .sum();
        try (Recorder recorder =
                Recorder.wrap(open(), target.resolve("recording")).maxBytes(3 * step)) {
            generate(recorder);
            assertThat(recorder.isFull()).isTrue();
            assertThat(recorder.recorded()).isBetween(1, 3);
            recorder.finish();
        }
        Verification.of(MODEL, target.resolve("recording")).assertPasses();
        try (Recorder recorder = Recorder.wrap(open(), target.resolve("other")).maxBytes(10)) {
            generate(recorder);
            assertThatThrownBy(recorder::finish).hasMessage("not one step fits in 10 bytes");
        }
    }

    @Test
    void withoutAnEndNothingIsLeft(@TempDir Path target) throws Exception {
        try (Recorder recorder = Recorder.wrap(open(), target.resolve("recording"))) {
            generate(recorder);
        }
        try (Stream<Path> files = Files.list(target)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void policiesAndOtherContextsAreNamed(@TempDir Path target) {
        CachedTransformer transformer = open();
        try (Recorder recorder =
                Recorder.wrap(transformer, target.resolve("recording")).context("cond")) {
            generate(recorder);
            assertThatThrownBy(recorder::finish)
                    .hasMessage("no step to record ran in context 'cond'; steps ran in [default]");
            transformer.enableCache(PolicyCatalogue.parse("fbc", Map.of("threshold", 0.3)));
            Map<String, OnnxTensor> none = Map.of();
            assertThatThrownBy(() -> recorder.run(dev.reprise.runtime.api.Step.at(0), none))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("call disableCache first");
        }
    }
}
