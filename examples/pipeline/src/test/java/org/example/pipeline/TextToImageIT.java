package org.example.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.runtime.api.SessionSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextToImageIT {
    private static final SessionSettings SETTINGS = SessionSettings.cpu().withThreads(1);

    @TempDir
    private static Path folder;

    private static Path bundle;
    private static TextToImage pipeline;

    @BeforeAll
    static void open() {
        bundle = folder.resolve("shared.bundle");
        pipeline = TextToImage.open(ExportFolder.at(Frozen.export()), bundle, SETTINGS);
    }

    @AfterAll
    static void close() {
        pipeline.close();
    }

    private static PictureRequest request() {
        return PictureRequest.of("A fox in the snow").withSteps(4);
    }

    private static float[] draw(PictureRequest request) {
        return pipeline.draw(request, Progress.NONE).picture().planes();
    }

    @Test
    void aSeedIsAPicture() {
        float[] first = draw(request().withSeed(5));
        assertThat(draw(request().withSeed(5))).containsExactly(first);
        assertThat(draw(request().withSeed(6))).isNotEqualTo(first);
    }

    @Test
    void aNegativePromptCountsWithGuidanceAlone() {
        assertThat(draw(request().withNegativePrompt("blurry"))).isNotEqualTo(draw(request()));
        PictureRequest unguided = request().withGuidance(1);
        assertThat(draw(unguided.withNegativePrompt("blurry"))).containsExactly(draw(unguided));
    }

    @Test
    void drawsAgainAfterTheTextEncodersWereReleased() {
        float[] before = draw(request());
        pipeline.releaseTextEncoders();
        assertThat(draw(request())).containsExactly(before);
    }

    @Test
    void manyThreadsDrawAtOnce() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(3);
        try {
            List<Future<float[]>> drawn = new ArrayList<>();
            for (int seed = 0; seed < 6; seed++) {
                PictureRequest request = request().withSeed(seed);
                drawn.add(pool.submit(() -> draw(request)));
            }
            for (int seed = 0; seed < 6; seed++) {
                assertThat(drawn.get(seed).get())
                        .as("seed %d", seed)
                        .containsExactly(draw(request().withSeed(seed)));
            }
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void endsBetweenTwoStepsWhenAsked() {
        List<Integer> steps = new ArrayList<>();
        Progress twoSteps = new Progress() {
            @Override
            public void step(StepDone done) {
                steps.add(done.step());
            }

            @Override
            public boolean isCancelled() {
                return steps.size() == 2;
            }
        };
        assertThatThrownBy(() -> pipeline.draw(request(), twoSteps))
                .isInstanceOf(GenerationCancelledException.class)
                .hasMessage("cancelled after 2 of 4 steps");
        assertThat(steps).containsExactly(1, 2);
    }

    @Test
    void endsWhenItsThreadIsInterrupted() {
        try {
            assertThatThrownBy(() -> pipeline.draw(
                            request(), done -> Thread.currentThread().interrupt()))
                    .isInstanceOf(GenerationCancelledException.class)
                    .hasMessage("cancelled after 1 of 4 steps");
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void warnsOfAPromptThatIsTooLong() {
        List<String> warnings = new ArrayList<>();
        Progress listening = new Progress() {
            @Override
            public void step(StepDone done) {}

            @Override
            public void warn(String warning) {
                warnings.add(warning);
            }
        };
        PictureRequest request = PictureRequest.of("fox ".repeat(100)).withNegativePrompt("x ".repeat(100));
        pipeline.draw(request.withSteps(1), listening);
        assertThat(warnings)
                .anyMatch(warning -> warning.matches("of the prompt, \\d+ tokens are beyond the 77 that CLIP reads"))
                .anyMatch(warning ->
                        warning.matches("of the negative prompt, \\d+ tokens are beyond the 77 that CLIP reads"));
    }

    @Test
    void refusesAFileThatIsNoTokenizer() throws IOException {
        Path export = Frozen.copy(folder.resolve("mute"));
        Files.writeString(
                export.resolve("tokenizer_3/tokenizer.json"),
                "{\"added_tokens\": [{\"id\": 0, \"content\": \"<pad>\"}]}");
        try (TextToImage mute = TextToImage.open(ExportFolder.at(export), folder.resolve("mute.bundle"), SETTINGS)) {
            assertThatThrownBy(() -> mute.draw(request(), Progress.NONE))
                    .isInstanceOf(UnusableExportException.class)
                    .hasMessageStartingWith(export.resolve("tokenizer_3") + ": must be a tokenizer: ");
        }
    }

    @ParameterizedTest
    @CsvSource({"100, 96", "96, 90", "800, 96"})
    void namesTheSizesThatAModelCanDraw(int width, int height) {
        assertThatThrownBy(() -> pipeline.draw(request().withSize(width, height), Progress.NONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("width and height must be multiples of 16 up to 384, were " + width + "x" + height);
    }

    @Test
    void namesLatentsOfAnotherSize() {
        assertThatThrownBy(() -> pipeline.draw(request().withLatents(new float[7]), Progress.NONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("latents must have 576 values")
                .hasMessageContaining("have 7");
    }

    /** The two exports differ in their element type. */
    @Test
    void refusesABundleOfAnotherModel() {
        Path half = Frozen.halfPrecision(folder.resolve("half"));
        assertThatThrownBy(() -> TextToImage.open(ExportFolder.at(half), bundle, SETTINGS))
                .isInstanceOf(UnusableExportException.class)
                .hasMessageContaining(bundle + ": must be cut from " + half.resolve("transformer/model.onnx"));
    }

    @Test
    void refusesAnEncoderWithoutHiddenStates() throws IOException {
        Path export = Frozen.copy(folder.resolve("deep"));
        Path config = export.resolve("text_encoder_2/config.json");
        ObjectNode json = (ObjectNode) new ObjectMapper().readTree(config.toFile());
        Files.writeString(config, json.put("num_hidden_layers", 12).toString());
        try (TextToImage deep = TextToImage.open(ExportFolder.at(export), folder.resolve("deep.bundle"), SETTINGS)) {
            assertThatThrownBy(() -> deep.draw(request(), Progress.NONE))
                    .isInstanceOf(UnusableExportException.class)
                    .hasMessageContaining("text_encoder_2")
                    .hasMessageContaining("must have the output hidden_states.11")
                    .hasMessageContaining("output_hidden_states");
        }
    }

    @Test
    void refusesASchedulerBeforeAnythingIsCut() throws IOException {
        Path other = folder.resolve("scheduler.json");
        Files.writeString(other, "{\"_class_name\": \"EulerDiscreteScheduler\"}");
        Path never = folder.resolve("never.bundle");
        assertThatThrownBy(
                        () -> TextToImage.open(ExportFolder.at(Frozen.export()).withScheduler(other), never, SETTINGS))
                .isInstanceOf(UnusableExportException.class)
                .hasMessageContaining("scheduler.json: _class_name must be one of");
        assertThat(never).doesNotExist();
    }

    @Test
    void drawsWithDpmSolver() throws IOException {
        Path other = folder.resolve("dpm.json");
        Files.writeString(
                other,
                "{\"_class_name\": \"DPMSolverMultistepScheduler\", \"use_flow_sigmas\": true, \"flow_shift\": 3.0,"
                        + " \"prediction_type\": \"flow_prediction\"}");
        try (TextToImage dpm =
                TextToImage.open(ExportFolder.at(Frozen.export()).withScheduler(other), bundle, SETTINGS)) {
            float[] picture = dpm.draw(request(), Progress.NONE).picture().planes();
            assertThat(picture).hasSize(3 * 96 * 96).isNotEqualTo(draw(request()));
        }
    }
}
