package dev.reprise.cache.policy;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import dev.reprise.cache.Close;
import dev.reprise.cache.Decision;
import dev.reprise.cache.OrtFragments;
import dev.reprise.cache.TestGeneration;
import dev.reprise.cache.ToyModel;
import dev.reprise.cache.forecast.Forecastings;
import dev.reprise.cache.forecast.Hold;
import dev.reprise.cache.indicator.Indicators;
import dev.reprise.cache.parameter.Part;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.part.Forecasting;
import dev.reprise.cache.part.Indicator;
import dev.reprise.cache.part.Span;
import dev.reprise.cache.span.Blocks;
import dev.reprise.cache.span.Spans;
import dev.reprise.graph.json.JsonFile;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every indicator with every forecast over every span. New parts are found by themselves. */
class PartsContractTest {
    private static final int STEPS = 8;

    /** Settings with which a part acts; those not named do with their defaults, or by a great threshold. */
    private static final Map<String, String> ACTING = Map.of(
            "mask", "{\"steps\": \"11010010\"}",
            "sensitivity", "{\"thresh_start\": 1000, \"thresh_main\": 1000}",
            // For the mask above; each row adds up to 1, so that a constant stays.
            "fitted",
                    "{\"weights\": [[1], [-1, 2], [-1.5, 2.5], [0.5, -1, 1.5], [0.5, -2, 2.5], [0.5, -2.5, 3],"
                            + " [0.1, 0.4, -1, 1.5], [0, 0.5, -1.5, 2]]}",
            "output", "{\"calibrate\": true}");

    // One for all: sessions of fragments are dear.
    private static final OrtFragments ORT = new OrtFragments();

    @AfterAll
    static void close() throws OrtException {
        ORT.close();
    }

    static Stream<Arguments> combinations() {
        return Indicators.all().stream()
                .flatMap(when -> defaultAndActing(Forecastings.all())
                        .flatMap(what ->
                                defaultAndActing(Spans.all()).map(where -> Arguments.of(acting(when), what, where))))
                .filter(each -> fits(each.get()));
    }

    /** A probe cannot look at blocks whose modules are skipped: {@link CombinedTest} has the message. */
    private static boolean fits(Object[] parts) {
        boolean probes = List.of("first_block", "probe")
                .contains(((Part<?>) parts[0]).type().id());
        return !probes || !((Part<?>) parts[2]).type().id().equals("modules");
    }

    /** Each part as it is by default, and with settings where it has some. */
    private static <T> Stream<Part<T>> defaultAndActing(List<PartType<T>> types) {
        return types.stream()
                .flatMap(type ->
                        ACTING.containsKey(type.id()) ? Stream.of(type.part(), acting(type)) : Stream.of(type.part()));
    }

    private static <T> Part<T> acting(PartType<T> type) {
        try {
            boolean threshold =
                    type.parameters().stream().anyMatch(each -> each.name().equals("threshold"));
            String settings = ACTING.getOrDefault(type.id(), threshold ? "{\"threshold\": 1000}" : "{}");
            return type.builder().setAll(JsonFile.mapper().readTree(settings)).build();
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static PolicyBuilder policy(Part<Indicator> when, Part<Forecasting> what, Part<Span> where) {
        return Combined.builder()
                .set(Combined.WHEN, when)
                .set(Combined.WHAT, what)
                .set(Combined.WHERE, where);
    }

    private TestGeneration generation(PolicyBuilder policy) {
        return new TestGeneration(ORT, ToyModel.doubleStream(), policy.build(), STEPS);
    }

    private static List<Decision> decisions(TestGeneration run, int steps) {
        return Stream.iterate(0, i -> i < steps, i -> i + 1)
                .flatMap(i -> run.step(i).decisions().values().stream())
                .map(decided -> decided.decision())
                .toList();
    }

    @ParameterizedTest(name = "{0} with {1} over {2}")
    @MethodSource("combinations")
    void skipsAndGoesOnAndConstantInputsGiveConstantOutputs(
            Part<Indicator> when, Part<Forecasting> what, Part<Span> where) {
        TestGeneration run = generation(policy(when, what, where));
        float[] expected = run.uncached(500, 1);
        for (int i = 0; i < STEPS; i++) {
            float[] found = run.run(500, 1);
            for (int j = 0; j < expected.length; j++) {
                assertThat(found[j]).as("step %d", i).isCloseTo(expected[j], Close.TO);
            }
        }
        List<Decision> decisions = decisions(run, STEPS);
        // Latents that stand still say nothing about how fast the output follows them.
        if (!when.type().id().equals("latents_change")) {
            assertThat(decisions).contains(what.value().predicts() ? Decision.PREDICT : Decision.REUSE);
        }
        assertThat(decisions.get(0)).isEqualTo(Decision.COMPUTE);
    }

    /** Fitted rows that calibrate count the gap behind a computed step in advance: warmup in that gap is another schedule. */
    static Stream<Arguments> combinationsWithoutForesight() {
        return combinations()
                .filter(each -> ((Part<?>) each.get()[1]).given().isEmpty()
                        || ((Part<?>) each.get()[2]).given().isEmpty());
    }

    @ParameterizedTest(name = "{0} with {1} over {2}")
    @MethodSource("combinationsWithoutForesight")
    void inWarmupItIsAsIfThereWasNoPolicy(Part<Indicator> when, Part<Forecasting> what, Part<Span> where) {
        TestGeneration run = generation(policy(when, what, where).set(Combined.WARMUP_STEPS, STEPS));
        for (int i = 0; i < STEPS; i++) {
            float latents = 1 + 0.1f * i;
            assertThat(run.run(900 - 100 * i, latents)).isEqualTo(run.uncached(900 - 100 * i, latents));
        }
        assertThat(decisions(run, STEPS)).containsOnly(Decision.COMPUTE);
    }

    @ParameterizedTest(name = "{0} with {1} over {2}")
    @MethodSource("combinations")
    void withoutRoomNothingFails(Part<Indicator> when, Part<Forecasting> what, Part<Span> where) {
        TestGeneration run = generation(policy(when, what, where));
        run.cache().budget(0);
        for (int i = 0; i < STEPS; i++) {
            float latents = 1 + 0.1f * i;
            assertThat(run.run(500, latents)).isEqualTo(run.uncached(500, latents));
        }
    }

    @ParameterizedTest(name = "{0} with {1} over {2}")
    @MethodSource("combinations")
    void changesStayFinite(Part<Indicator> when, Part<Forecasting> what, Part<Span> where) {
        TestGeneration run = generation(policy(when, what, where));
        for (int i = 0; i < STEPS; i++) {
            for (float each : run.run(900 - 100 * i, 1 + 0.1f * i)) {
                assertThat(each).isFinite();
            }
        }
    }

    static Stream<Part<Indicator>> indicators() {
        return Indicators.all().stream().map(PartsContractTest::acting);
    }

    /** C for each computed step of latents that move, - for each skipped one. */
    private String schedule(Part<Indicator> when, String... limits) {
        PolicyBuilder policy = policy(when, Hold.TYPE.part(), Blocks.TYPE.part());
        for (String limit : limits) {
            policy.set(limit);
        }
        TestGeneration run = generation(policy);
        for (int i = 0; i < STEPS; i++) {
            run.run(900 - 100 * i, 1 + 0.1f * i);
        }
        return decisions(run, STEPS).stream()
                .map(decision -> decision == Decision.COMPUTE ? "C" : "-")
                .collect(Collectors.joining());
    }

    @ParameterizedTest
    @MethodSource("indicators")
    void theCommonLimitsHoldForEveryIndicator(Part<Indicator> when) {
        assertThat(schedule(when)).contains("-");
        assertThat(schedule(when, "warmup_steps=5")).startsWith("CCCCC");
        assertThat(schedule(when, "last_steps=3")).endsWith("CCC");
        assertThat(schedule(when, "max_continuous=1")).contains("-").doesNotContain("--");
        assertThat(schedule(when, "max_total=1")).containsOnlyOnce("-");
        assertThat(schedule(when, "max_total=0")).doesNotContain("-");
        assertThat(schedule(when, "refresh_steps=2,3,4")).matches("..CCC...");
        boolean measures = when.type().parameters().stream()
                .anyMatch(each ->
                        each.name().startsWith("thresh") && !when.type().id().equals("magnitudes"));
        // A table of magnitudes that never change measures nothing; a schedule does not either.
        if (measures) {
            assertThat(schedule(when, "max_accumulated=0")).doesNotContain("-");
        }
    }

    static Stream<Part<Indicator>> thresholds() {
        return Indicators.all().stream()
                .filter(type ->
                        type.parameters().stream().anyMatch(each -> each.name().equals("threshold")))
                .map(type -> type.builder()
                        .setAll(JsonFile.mapper().createObjectNode().put("threshold", 0))
                        .build());
    }

    @ParameterizedTest
    @MethodSource("thresholds")
    void thresholdZeroWatchesNothing(Part<Indicator> when) {
        for (PartType<Span> where : Spans.all()) {
            PolicyBuilder policy = Combined.builder().set(Combined.WHEN, when).set(Combined.WHERE, where.part());
            assertThat(policy.build().bind(ToyModel.doubleStream().manifest()).provides())
                    .isEmpty();
        }
    }
}
