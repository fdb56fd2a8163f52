package dev.reprise.runtime.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cache.policy.Combined;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.ort.NativeTensors;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.TestBundles;
import dev.reprise.runtime.TestTensors;
import dev.reprise.runtime.api.DenoisingModel;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import dev.reprise.testdata.TestModels;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a small golden model with Euler steps. How far a search gets depends on the machine; what it returns does not. */
class TunerTest {
    private static final int STEPS = 10;
    private static final Duration SHORT = Duration.ofSeconds(4);

    @TempDir
    private Path folder;

    private CachedTransformer model;

    @BeforeEach
    void open() {
        model = CachedTransformer.open(
                TestBundles.cut(TestModels.golden("dit").resolve("dynamo_dynamic.onnx"), folder),
                SessionSettings.cpu());
    }

    @AfterEach
    void close() {
        model.close();
    }

    private static TuningSettings settings(Map<String, Double> known) {
        return new TuningSettings(1, 1, SHORT, 3, known);
    }

    /** Euler steps on a flow. */
    private List<float[]> sample(DenoisingModel seen, int sample) {
        String latents = String.valueOf(model.manifest().roles().latents());
        float[] x = null;
        List<Long> shape = List.of();
        for (int i = 0; i < STEPS; i++) {
            Map<String, OnnxTensor> inputs =
                    new LinkedHashMap<>(TestTensors.denoising(model.manifest(), sample, i, STEPS, 1));
            OnnxTensor given = inputs.get(latents);
            StoredTensor start = NativeTensors.fromNative(given);
            shape = start.shape();
            if (x == null) {
                x = new float[start.data().remaining() / Float.BYTES];
                Random random = new Random(sample);
                for (int j = 0; j < x.length; j++) {
                    x[j] = (float) random.nextGaussian();
                }
            }
            inputs.put(latents, NativeTensors.toNative(stored(x, shape)));
            given.close();
            try (Outputs outputs = seen.run(Step.at(i, STEPS), inputs)) {
                StoredTensor result = NativeTensors.fromNative(outputs.first());
                for (int j = 0; j < x.length; j++) {
                    x[j] -= result.data().getFloat(j * Float.BYTES) / STEPS;
                }
            } finally {
                TestTensors.close(inputs);
            }
        }
        return List.of(x == null ? new float[0] : x);
    }

    private static StoredTensor stored(float[] values, List<Long> shape) {
        ByteBuffer content = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        content.asFloatBuffer().put(values);
        return new StoredTensor(ElementType.FLOAT, shape, content);
    }

    @Test
    void findsAScheduleWithinTheBudgetAndRanksItOnOtherSamples() {
        List<String> lines = new ArrayList<>();
        Tuned tuned = new Tuner(model, this::sample, settings(Map.of()))
                .onProgress(lines::add)
                .tune(new Budget(Budget.Kind.EVALUATIONS, 5));
        assertThat(tuned.steps()).isEqualTo(STEPS);
        assertThat(tuned.best().computedShare() * STEPS).isLessThanOrEqualTo(5.5);
        assertThat(tuned.best()).isEqualTo(tuned.ranking().get(0));
        assertThat(tuned.ranking()).isSortedAccordingTo((a, b) -> Double.compare(b.psnr(), a.psnr()));
        // The evenly spread linear forecast is always among them.
        assertThat(tuned.ranking())
                .anySatisfy(each -> assertThat(each.candidate())
                        .isEqualTo(Candidate.of(new Schedule("1010101010", Schedule.Form.LINEAR), null)));
        assertThat(tuned.finished()).isTrue();
        assertThat(lines).contains("running without a policy", "checking on samples held out");
        assertThat(tuned.best().candidate().build().id()).isNotEmpty();
    }

    @Test
    void goesOnFromWhatIsKnownAndStopsWithTheBestSoFar() {
        Tuned first = new Tuner(model, this::sample, settings(Map.of())).tune(new Budget(Budget.Kind.EVALUATIONS, 4));
        assertThat(first.scores()).isNotEmpty();
        List<String> lines = new ArrayList<>();
        Tuned second = new Tuner(model, this::sample, settings(first.scores()))
                .onProgress(lines::add)
                .stopWhen(() -> lines.size() > 1)
                .tune(new Budget(Budget.Kind.EVALUATIONS, 4));
        assertThat(second.finished()).isFalse();
        assertThat(second.scores()).containsAllEntriesOf(first.scores());
        assertThat(second.best().candidate().policy()).isEqualTo(Combined.TYPE.id());
        assertThat(second.evaluations()).isLessThan(first.evaluations());
    }

    @Test
    void whatIsStoppedDoesNotGoOnMovingSchedulesOnPaper() {
        List<String> scored = new ArrayList<>();
        Tuned tuned = new Tuner(model, this::sample, settings(Map.of()))
                .onScore((schedule, score) -> scored.add(schedule))
                .stopWhen(() -> !scored.isEmpty())
                .tune(new Budget(Budget.Kind.EVALUATIONS, 5));
        assertThat(tuned.finished()).isFalse();
        // The even schedule and, not moved any more, the one that the increments would promise most of.
        assertThat(scored).hasSize(2).allMatch(schedule -> schedule.startsWith("1010101010 "));
    }

    @Test
    void keepsAQualityOnOtherSamples() {
        Tuned tuned = new Tuner(model, this::sample, settings(Map.of())).tune(new Budget(Budget.Kind.MIN_PSNR, 30));
        assertThat(tuned.best().psnr()).isGreaterThanOrEqualTo(30);
        assertThat(tuned.best().computedShare()).isLessThan(1);
    }

    @Test
    void refusesABudgetBelowOneEvaluation() {
        assertThatThrownBy(() -> new Budget(Budget.Kind.EVALUATIONS, 0))
                .hasMessage("the budget evaluations must be 1 or more, was 0.0");
        assertThatThrownBy(() -> new Budget(Budget.Kind.MIN_PSNR, Double.NaN)).hasMessageContaining("min-psnr");
        Tuner tuner = new Tuner(model, this::sample, settings(Map.of()));
        assertThatThrownBy(() -> tuner.tune(new Budget(Budget.Kind.MAX_STEP_MS, 1e-6)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("leaves less than one evaluation of 10");
    }

    @Test
    void whatTheRolloutThrowsComesOut() {
        Tuner failing = new Tuner(
                model,
                (seen, sample) -> {
                    throw new IllegalStateException("no prompt");
                },
                settings(Map.of()));
        assertThatThrownBy(() -> failing.tune(new Budget(Budget.Kind.EVALUATIONS, 4)))
                .hasMessage("no prompt");
        Tuner idle = new Tuner(model, (seen, sample) -> List.of(new float[1]), settings(Map.of()));
        assertThatThrownBy(() -> idle.tune(new Budget(Budget.Kind.EVALUATIONS, 4)))
                .hasMessage("the rollout ran no step of the model");
    }

    @Test
    void aRolloutThatFailsLaterLeavesTheBestSoFar() {
        List<Integer> calls = new ArrayList<>();
        Map<String, Double> told = new LinkedHashMap<>();
        Tuned tuned = new Tuner(
                        model,
                        (seen, sample) -> {
                            calls.add(sample);
                            if (calls.size() > 12) {
                                throw new IllegalStateException("out of prompts");
                            }
                            return sample(seen, sample);
                        },
                        settings(Map.of()))
                .onScore(told::put)
                .tune(new Budget(Budget.Kind.EVALUATIONS, 4));
        assertThat(tuned.failure()).hasMessage("out of prompts");
        assertThat(tuned.finished()).isFalse();
        assertThat(tuned.checked()).isFalse();
        assertThat(tuned.ranking()).containsExactly(tuned.best());
        assertThat(tuned.best().candidate().policy()).isEqualTo(Combined.TYPE.id());
        assertThat(told).isNotEmpty().isEqualTo(tuned.scores());
    }

    @Test
    void aRolloutThatFailsWhenTheBestIsTimedLeavesTheRanking() {
        List<String> lines = new ArrayList<>();
        Tuned tuned = new Tuner(
                        model,
                        (seen, sample) -> {
                            boolean timed = sample == 0 && lines.contains("checking on samples held out");
                            if (timed) {
                                throw new IllegalStateException("out of prompts");
                            }
                            return sample(seen, sample);
                        },
                        settings(Map.of()))
                .onProgress(lines::add)
                .tune(new Budget(Budget.Kind.EVALUATIONS, 4));
        assertThat(tuned.failure()).hasMessage("out of prompts");
        assertThat(tuned.finished()).isFalse();
        assertThat(tuned.checked()).isTrue();
        assertThat(tuned.ranking()).hasSizeGreaterThan(1).startsWith(tuned.best());
        assertThat(tuned.speedup()).isPositive();
    }

    @Test
    void aSpeedupIsMetByTheClockOfSkippedSteps() {
        Timing timing = new Timing(10, 10, 1, 2);
        assertThat(timing.evaluations(10, 10)).isEqualTo(10);
        assertThat(timing.evaluations(10, 5.5)).isEqualTo(5);
        assertThat(timing.evaluations(10, 0.5)).isNegative();
        assertThat(Timing.median(List.of(3.0, 1.0, 2.0))).isEqualTo(2);
        assertThat(Timing.median(List.of(4.0, 1.0))).isEqualTo(2.5);
    }

    @Test
    void whatIsStoppedBeforeAnythingWasFoundIsCancelled() {
        Tuner tuner = new Tuner(model, this::sample, settings(Map.of())).stopWhen(() -> true);
        assertThatThrownBy(() -> tuner.tune(new Budget(Budget.Kind.EVALUATIONS, 4)))
                .isInstanceOf(CancellationException.class)
                .hasMessage("stopped before anything was found");
    }
}
