package dev.reprise.runtime.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cache.Decision;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.graph.recording.Recording;
import dev.reprise.ort.NativeTensors;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.TestBundles;
import dev.reprise.runtime.api.InvalidInputException;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import dev.reprise.runtime.api.Summary;
import dev.reprise.testdata.TestModels;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.search.RequiredSearch;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Meters say what the summary says. */
class StepMetricsIT {
    private static final int STEPS = 12;

    @TempDir
    private static Path folder;

    private static Path bundle;
    private static Recording recording;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    @BeforeAll
    static void cut() {
        bundle = TestBundles.cut(TestModels.golden("dit").resolve("torchscript.onnx"), folder);
        recording = Recording.read(TestModels.golden("dit"));
    }

    private static CachedTransformer open() {
        return CachedTransformer.open(bundle, SessionSettings.cpu());
    }

    private static void run(CachedTransformer generation, int steps) {
        for (int step = 0; step < steps; step++) {
            Map<String, OnnxTensor> inputs = new HashMap<>();
            recording.inputs(step).forEach((name, tensor) -> inputs.put(name, NativeTensors.toNative(tensor)));
            generation.run(Step.at(step), inputs).close();
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    private long count(String name, String... tags) {
        return Math.round(search(name, tags).counters().stream()
                .mapToDouble(Counter::count)
                .sum());
    }

    private RequiredSearch search(String name, String... tags) {
        return registry.get(name).tags("model", "dit").tags(tags);
    }

    private long cacheBytes() {
        return Math.round(search("reprise.cache").gauge().value());
    }

    @Test
    void metersSayWhatTheSummarySays() {
        StepMetrics metrics = StepMetrics.in(registry, "model", "dit");
        try (CachedTransformer generation = open();
                StepMetrics.Watch watch = metrics.watch(generation, "policy", "pab")) {
            assertThat(watch).isNotNull();
            generation.enableCache(PolicyCatalogue.parse("pab", Map.of("spatial_attention_block_skip_range", 2)));
            run(generation, STEPS);

            Summary summary = generation.summary();
            assertThat(summary.decisions()).containsKeys(Decision.COMPUTE, Decision.REUSE);
            summary.decisions()
                    .forEach((decision, times) -> assertThat(count(
                                    "reprise.decisions",
                                    "policy",
                                    "pab",
                                    "subject",
                                    "self_attention",
                                    "decision",
                                    decision.name().toLowerCase(Locale.ROOT)))
                            .isEqualTo(times));
            assertThat(search("reprise.step", "context", "default").timers())
                    .hasSize(2)
                    .allMatch(timer -> timer.count() > 0);
            assertThat(search("reprise.step").timers().stream()
                            .mapToLong(Timer::count)
                            .sum())
                    .isEqualTo(STEPS);
            assertThat(search("reprise.step").timers().stream()
                            .mapToLong(timer -> Math.round(timer.totalTime(TimeUnit.NANOSECONDS)))
                            .sum())
                    .isEqualTo(summary.nanos());
            assertThat(count("reprise.multiply.adds", "computed", "true")).isEqualTo(summary.multiplyAdds());
            assertThat(count("reprise.multiply.adds")).isEqualTo(summary.totalMultiplyAdds());
            assertThat(cacheBytes()).isEqualTo(summary.cacheBytes()).isPositive();
        }
        assertThat(cacheBytes()).isZero();
    }

    @Test
    void generationsAreOneSumUntilTheirWatchEnds() {
        StepMetrics metrics = StepMetrics.in(registry, "model", "dit");
        try (CachedTransformer first = open();
                CachedTransformer second = first.newGeneration()) {
            StepMetrics.Watch watch = metrics.watch(first);
            metrics.watch(second);
            first.enableCache(PolicyCatalogue.parse("fbc", Map.of("threshold", 0.3)));
            second.enableCache(PolicyCatalogue.parse("output_forecast", Map.of("interval", 2)));
            run(first, 4);
            run(second, 4);
            long other = second.summary().cacheBytes();
            assertThat(other).isPositive();
            assertThat(cacheBytes()).isEqualTo(first.summary().cacheBytes() + other);
            assertThat(count("reprise.decisions", "subject", "blocks")).isPositive();
            assertThat(count("reprise.decisions", "subject", "model")).isPositive();

            watch.close();
            run(first, 1);

            assertThat(cacheBytes()).isEqualTo(other);
            assertThat(search("reprise.step").timers().stream()
                            .mapToLong(Timer::count)
                            .sum())
                    .isEqualTo(8);
        }
    }

    @Test
    void failuresAreCountedByTheirKind() {
        try (CachedTransformer generation = open()) {
            StepMetrics.in(registry, "model", "dit").watch(generation);

            assertThatThrownBy(() -> generation.run(Step.at(0), Map.of())).isInstanceOf(InvalidInputException.class);

            assertThat(count("reprise.step.failures", "exception", "InvalidInputException", "context", "default"))
                    .isOne();
        }
    }

    @Test
    void aSecondOneOfAModelIsRefused() {
        StepMetrics.in(registry, "model", "dit");
        StepMetrics.in(registry, "model", "flux");

        assertThatThrownBy(() -> StepMetrics.in(registry, "model", "dit"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the registry must have no metrics of steps with tags [tag(model=dit)], found some");
    }
}
