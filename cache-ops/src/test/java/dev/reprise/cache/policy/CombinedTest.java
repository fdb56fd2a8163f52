package dev.reprise.cache.policy;

import static dev.reprise.cache.Decision.COMPUTE;
import static dev.reprise.cache.Decision.REUSE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cache.Close;
import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.OrtFragments;
import dev.reprise.cache.Subject;
import dev.reprise.cache.TestGeneration;
import dev.reprise.cache.ToyModel;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.forecast.Hold;
import dev.reprise.cache.forecast.Lagrange;
import dev.reprise.cache.indicator.FirstBlock;
import dev.reprise.cache.indicator.GrowingWindow;
import dev.reprise.cache.indicator.Interval;
import dev.reprise.cache.indicator.Mask;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.part.Forecasting;
import dev.reprise.cache.part.Indicator;
import dev.reprise.cache.part.Indicator.Verdict;
import dev.reprise.cache.span.Blocks;
import dev.reprise.cache.span.Output;
import dev.reprise.graph.json.JsonFile;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CombinedTest {
    private final OrtFragments ort = new OrtFragments();

    @AfterEach
    void close() throws OrtException {
        ort.close();
    }

    private TestGeneration run(ToyModel model, PolicyBuilder builder, float... latents) {
        TestGeneration run = new TestGeneration(ort, model, builder.build(), latents.length);
        for (float each : latents) {
            run.run(500, each);
        }
        return run;
    }

    /** The decisions of so many steps on latents that grow evenly: C computes, P predicts, R reuses. */
    private String decisions(PolicyBuilder builder, int steps) {
        float[] latents = new float[steps];
        for (int i = 0; i < steps; i++) {
            latents[i] = 1 + i;
        }
        TestGeneration run = run(ToyModel.singleStream().withoutBlocks(), builder, latents);
        return run.decisions(Subject.MODEL).stream()
                .map(decision -> decision.name().substring(0, 1))
                .collect(Collectors.joining());
    }

    private static JsonNode tree(PolicyBuilder builder) {
        return JsonFile.mapper().valueToTree(builder.given());
    }

    @Test
    void isWrittenAsJsonAsTextAndInJava() throws Exception {
        PolicyBuilder json = Combined.builder()
                .setAll(JsonFile.mapper()
                        .readTree("{\"when\": {\"first_block\": {\"threshold\": 0.1}}, \"what\": {\"lagrange\":"
                                + " {\"order\": 2}}, \"where\": \"blocks\"}"));
        PolicyBuilder text = Combined.builder()
                .set("when=first_block:threshold=0.1")
                .set("what=lagrange:order=2")
                .set("where=blocks");
        PolicyBuilder java = Combined.builder()
                .set(
                        Combined.WHEN,
                        FirstBlock.TYPE.builder().set(FirstBlock.THRESHOLD, 0.1).build())
                .set(
                        Combined.WHAT,
                        Lagrange.TYPE.builder().set(Lagrange.ORDER, 2).build())
                .set(Combined.WHERE, Blocks.TYPE.part());
        assertThat(text.given()).isEqualTo(json.given()).isEqualTo(java.given());
        assertThat(tree(json))
                .hasToString("{\"when\":{\"first_block\":{\"threshold\":0.1}},\"what\":{\"lagrange\":{\"order\":2}},"
                        + "\"where\":\"blocks\"}");
    }

    @Test
    void aMaskAndAListStayWhatTheyAre() {
        PolicyBuilder builder = Combined.builder().set("when=mask:steps=0110");
        assertThat(tree(builder)).hasToString("{\"when\":{\"mask\":{\"steps\":\"0110\"}}}");
        builder.set("when=modulated_input:coefficients=1,2,threshold=0.5");
        assertThat(tree(builder))
                .hasToString("{\"when\":{\"modulated_input\":{\"threshold\":0.5,\"coefficients\":[1.0,2.0]}}}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "when=intervall | combined: when must be an indicator, one of interval, growing_window, mask,"
                        + " first_block, probe, modulated_input, spectral_change, magnitudes, sensitivity, latents_change,"
                        + " every_other, was \"intervall\"",
                "when=interval:evry=3 | interval has no parameter 'evry'; nearest: every",
                "when=interval:every=0 | interval: every must be an integer ≥ 1, was 0",
                "when=interval:3 | interval: expected name=value, was '3'",
            })
    void saysWhatIsWrongWithAPart(String assignment, String message) {
        PolicyBuilder builder = Combined.builder();
        assertThatThrownBy(() -> builder.set(assignment))
                .isInstanceOf(InvalidPolicyException.class)
                .hasMessage(message);
    }

    @Test
    void limitsAreAskedBeforeTheIndicator() {
        PolicyBuilder never = Combined.builder().set("when=interval:every=100");
        assertThat(decisions(never, 8)).isEqualTo("CPPPPPPP");
        assertThat(decisions(Combined.builder().set("when=interval:every=100").set("warmup_steps=2"), 6))
                .isEqualTo("CCPPPP");
        assertThat(decisions(Combined.builder().set("when=interval:every=100").set("last_steps=2"), 6))
                .isEqualTo("CPPPCC");
        assertThat(decisions(Combined.builder().set("when=interval:every=100").set("max_continuous=2"), 8))
                .isEqualTo("CPPCPPCP");
        assertThat(decisions(Combined.builder().set("when=interval:every=100").set("max_total=3"), 6))
                .isEqualTo("CPPPCC");
        assertThat(decisions(Combined.builder().set("when=interval:every=100").set("refresh_steps=3,5"), 7))
                .isEqualTo("CPPCPCP");
        assertThat(decisions(Combined.builder().set("when=interval:every=3"), 7))
                .isEqualTo("CPPCPPC");
    }

    @Test
    void theWindowGrows() {
        PolicyBuilder builder = Combined.builder()
                .set(
                        Combined.WHEN,
                        GrowingWindow.TYPE
                                .builder()
                                .set(GrowingWindow.WINDOW, 2.0)
                                .set(GrowingWindow.GROWTH, 1.0)
                                .build());
        assertThat(decisions(builder, 15)).isEqualTo("CPCPPCPPPCPPPPC");
    }

    @Test
    void differencesAddUpToALimit() {
        PolicyBuilder builder = Combined.builder()
                .set(
                        Combined.WHEN,
                        FirstBlock.TYPE
                                .builder()
                                .set(FirstBlock.THRESHOLD, 10.0)
                                .build())
                .set(Combined.WHAT, Hold.TYPE.part())
                .set(Combined.WHERE, Blocks.TYPE.part())
                .set(Combined.MAX_ACCUMULATED, 0.35);
        TestGeneration run = run(ToyModel.doubleStream(), builder, 1, 1.1f, 1.2f, 1.3f);
        // 0.1, 0.2 and 0.3 of the first step's probe.
        assertThat(run.decisions(Subject.BLOCKS)).containsExactly(COMPUTE, REUSE, REUSE, COMPUTE);
        assertThat(run.reasons(Subject.BLOCKS).get(3)).startsWith("ACCUMULATED=0.5");
    }

    @Test
    void whatAnIndicatorSumsItselfIsSummedOnce() {
        PolicyBuilder builder = Combined.builder()
                .set("when=modulated_input:threshold=10")
                .set("what=hold")
                .set("where=blocks")
                .set(Combined.MAX_ACCUMULATED, 0.35);
        // 10 % from step to step: 0.1, 0.2 and 0.3 together, 0.4 with the fourth.
        TestGeneration run = run(ToyModel.doubleStream(), builder, 1, 1.1f, 1.21f, 1.331f, 1.4641f);
        assertThat(run.decisions(Subject.BLOCKS)).containsExactly(COMPUTE, REUSE, REUSE, REUSE, COMPUTE);
        assertThat(run.reasons(Subject.BLOCKS).get(4)).startsWith("ACCUMULATED=0.4");
    }

    @Test
    void firstBlockWithHoldBehindIsFirstBlockCache() {
        PolicyBuilder parts = Combined.builder()
                .set("when=first_block:threshold=0.15")
                .set("what=hold")
                .set("where=blocks:front=1");
        PolicyBuilder named = FirstBlockCache.builder().set("threshold=0.15");
        float[] latents = {1, 1.1f, 1.2f, 1.3f, 1.35f, 1.6f};
        TestGeneration left = run(ToyModel.doubleStream(), parts, latents);
        TestGeneration right = run(ToyModel.doubleStream(), named, latents);
        assertThat(left.decisions(Subject.BLOCKS))
                .isEqualTo(right.decisions(Subject.BLOCKS))
                .contains(REUSE);
        for (int i = 0; i < latents.length; i++) {
            assertThat(OrtFragments.values(left.step(i).value("sample")))
                    .isEqualTo(OrtFragments.values(right.step(i).value("sample")));
        }
    }

    @Test
    void aProbeThatMissesIsNotComputedTwice() {
        PolicyBuilder builder = Combined.builder()
                .set("when=probe:threshold=1e-9,depth=2,error=delta_y")
                .set("where=blocks");
        TestGeneration run = run(ToyModel.singleStream(), builder, 1, 2, 4);
        assertThat(run.decisions(Subject.BLOCKS)).containsOnly(COMPUTE);
        // A set has each name once: what matters is that nothing but the model's own tensors ran.
        assertThat(run.step(2).ran()).contains("h2", "h4", "sample").hasSize(10);
    }

    @Test
    void aSkippedStepOfTheOutputRunsNothingAndCalibrationMakesGoodWhatItMissed() {
        PolicyBuilder hold = Combined.builder()
                .set(Combined.WHEN, Mask.TYPE.builder().set(Mask.STEPS, "1001").build())
                .set(Combined.WHAT, Hold.TYPE.part());
        TestGeneration plain = run(ToyModel.singleStream().withoutBlocks(), hold, 1, 2, 3, 4);
        assertThat(plain.decisions(Subject.MODEL)).containsExactly(COMPUTE, REUSE, REUSE, COMPUTE);
        assertThat(plain.step(1).ran()).isEmpty();
        hold.set(
                Combined.WHERE,
                Output.TYPE.builder().set(Output.CALIBRATE, true).build());
        TestGeneration calibrated =
                new TestGeneration(ort, ToyModel.singleStream().withoutBlocks(), hold.build(), 4);
        float sum = 0;
        for (int i = 0; i < 4; i++) {
            sum += calibrated.run(500, 1 + i)[0];
        }
        // The output is linear in the latents: all four together are those of no cache.
        float uncached = calibrated.uncached(500, 1)[0];
        assertThat(sum).isCloseTo(uncached * (1 + 2 + 3 + 4), Close.TO);
    }

    @Test
    void partsOfOthersWorkTheSameWay() {
        PartType<Indicator> everyOther = new PartType<>("every_other", "", "", List.of(), values -> new Indicator() {
            @Override
            public Bound bind(String policy, dev.reprise.graph.bundle.Manifest model) {
                return Bound.withoutProbe(
                        () -> step -> Verdict.of(step.index() % 2 == 0, new dev.reprise.cache.Reason("MINE", "")));
            }
        });
        PolicyBuilder builder = Combined.builder().set(Combined.WHEN, everyOther.part());
        assertThat(decisions(builder, 6)).isEqualTo("CPCPCP");
        assertThat(builder.given()).containsEntry("when", "every_other");
    }

    @Test
    void namesWhatTheModelLacks() {
        PolicyBuilder builder = Combined.builder().set("when=first_block").set("where=output");
        assertThatThrownBy(() -> builder.build()
                        .bind(ToyModel.singleStream().withoutBlocks().manifest()))
                .isInstanceOf(UnsupportedPolicyException.class)
                .hasMessageContaining("combined needs a chain of transformer blocks");
        PolicyBuilder deep = Combined.builder().set("when=probe:depth=4").set("where=blocks");
        assertThatThrownBy(() -> deep.build().bind(ToyModel.singleStream().manifest()))
                .hasMessage("combined with a probe of 4 blocks needs at least 5 transformer blocks, found 4");
        PolicyBuilder inside = Combined.builder().set("when=first_block").set("where=modules");
        assertThatThrownBy(() -> inside.build().bind(ToyModel.singleStream().manifest()))
                .hasMessageContaining("needs a1, which the span would skip");
        PolicyBuilder modules = Combined.builder().set("where=modules:identifiers=nothing");
        assertThatThrownBy(() -> modules.build().bind(ToyModel.singleStream().manifest()))
                .hasMessageContaining("no module path as a whole matches [nothing]; nearest module paths");
    }

    @Test
    void everyPartHasAName() {
        assertThat(dev.reprise.cache.indicator.Indicators.all())
                .extracting(PartType::id)
                .doesNotHaveDuplicates();
        for (PartType<Forecasting> type : dev.reprise.cache.forecast.Forecastings.all()) {
            assertThat(type.summary()).isNotBlank();
            assertThat(type.part().value().copies()).isPositive();
        }
        assertThat(Interval.TYPE.part()).hasToString("interval");
    }
}
