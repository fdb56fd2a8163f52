package dev.reprise.cache.forecast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OrtException;
import com.fasterxml.jackson.core.JsonProcessingException;
import dev.reprise.cache.Close;
import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.OrtFragments;
import dev.reprise.cache.Reason;
import dev.reprise.cache.Subject;
import dev.reprise.cache.TestCache;
import dev.reprise.cache.TestStep;
import dev.reprise.cache.ToyModel;
import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.math.TensorMath;
import dev.reprise.cache.parameter.Part;
import dev.reprise.cache.part.Forecast;
import dev.reprise.cache.part.Forecasting;
import dev.reprise.cache.policy.Combined;
import dev.reprise.cache.reuse.ComputeAlways;
import dev.reprise.graph.json.JsonFile;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ForecastingsTest {
    private static final int[] COMPUTED = {0, 1, 3, 7};

    private final OrtFragments ort = new OrtFragments();
    private final TestCache cache = new TestCache();

    @AfterEach
    void close() throws OrtException {
        ort.close();
    }

    private TestStep step(int index) {
        return new TestStep(
                ToyModel.singleStream(),
                new TensorMath(ort),
                index,
                20,
                500,
                Map.of(),
                cache,
                new ComputeAlways(Subject.MODEL, Reason.NO_CACHE).bound());
    }

    private Forecast forecast(Part<Forecasting> part, double ratio) {
        return part.value().of("y", at -> ratio);
    }

    private Forecast forecast(String what) {
        return forecast(part(what), Double.NaN);
    }

    private static Part<Forecasting> part(String what) {
        return Combined.builder().set("what=" + what).parameters().get(Combined.WHAT);
    }

    private void keep(Forecast forecast, int index, float value) {
        assertThat(forecast.keep(step(index), ort.floats(value))).isTrue();
    }

    private static float value(Tensor tensor) {
        return OrtFragments.values(tensor)[0];
    }

    private float at(Forecast forecast, int index) {
        return value(forecast.at(step(index)));
    }

    static Stream<Part<Forecasting>> every() {
        return Forecastings.all().stream()
                .filter(type -> type.parameters().contains(Linear.HISTORY_DTYPE))
                .flatMap(type -> Stream.of("float32", "float16", "bfloat16").map(history -> {
                    try {
                        return type.builder()
                                .setAll(JsonFile.mapper().readTree("{\"history_dtype\": \"" + history + "\"}"))
                                .build();
                    } catch (JsonProcessingException e) {
                        throw new IllegalStateException(e);
                    }
                }));
    }

    @ParameterizedTest
    @MethodSource("every")
    void aConstantStays(Part<Forecasting> part) {
        Forecast forecast = forecast(part, Double.NaN);
        for (int index : COMPUTED) {
            keep(forecast, index, 3);
            assertThat(at(forecast, index + 1)).isCloseTo(3, within(1e-4f));
        }
        assertThat(at(forecast, 12)).isCloseTo(3, within(1e-4f));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "taylor",
                "taylor:order=2",
                "lagrange",
                "lagrange:order=3",
                "hermite:order=1,sigma=0.70710678",
                "chebyshev",
                "chebyshev:degree=1,lambda=5",
                "foca",
                "ratio:high=9",
            })
    void aLinearSeriesGoesOnLinearly(String what) {
        Forecast forecast = forecast(what);
        int before = -1;
        for (int index : COMPUTED) {
            for (int between = before + 1; between < index && before >= 1; between++) {
                assertThat(at(forecast, between)).isCloseTo(1 + 2 * between, within(1e-3f));
            }
            keep(forecast, index, 1 + 2 * index);
            before = index;
        }
        assertThat(at(forecast, 8)).isCloseTo(17, within(1e-3f));
        assertThat(at(forecast, 9)).isCloseTo(19, within(1e-3f));
    }

    /** Differences of values that were rounded to 11 or 8 bits. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "taylor:history_dtype=float16",
                "lagrange:history_dtype=float16",
                "hermite:order=1,sigma=0.70710678,history_dtype=float16",
                "chebyshev:history_dtype=float16",
                "foca:history_dtype=float16",
                "ratio:high=9,history_dtype=float16",
                "taylor:history_dtype=bfloat16",
                "ratio:high=9,history_dtype=bfloat16",
            })
    void aLinearSeriesOfHalvesGoesOnLinearly(String what) {
        Forecast forecast = forecast(what);
        int before = -1;
        for (int index : COMPUTED) {
            for (int between = before + 1; between < index && before >= 1; between++) {
                assertThat(at(forecast, between)).isCloseTo(1 + 2 * between, within(0.1f));
            }
            keep(forecast, index, 1 + 2 * index + 0.001f);
            before = index;
        }
        assertThat(at(forecast, 9)).isCloseTo(19, within(0.1f));
    }

    @Test
    void thePublishedHermiteGoesHalfTheWayAndNeverBackwards() {
        Forecast forecast = forecast("hermite:order=1");
        keep(forecast, 0, 0);
        keep(forecast, 2, 4);
        assertThat(at(forecast, 4)).isCloseTo(6, Close.TO);
    }

    @Test
    void aTaylorSeriesIsThatOfTheNamedPolicy() {
        Forecast forecast = forecast("taylor:order=2");
        keep(forecast, 0, 0);
        keep(forecast, 1, 2);
        keep(forecast, 4, 8);
        assertThat(at(forecast, 6)).isCloseTo(12, Close.TO);
        keep(forecast, 5, 9);
        // d⁰ = 9, d¹ = 1, d² = (1 − 2)/1: 9 + 3 − 9/2.
        assertThat(at(forecast, 8)).isCloseTo(7.5f, Close.TO);
    }

    @Test
    void focaDampsBeyondItsHorizon() {
        Forecast forecast = forecast("foca:horizon=1");
        keep(forecast, 0, 0);
        keep(forecast, 1, 1);
        assertThat(at(forecast, 2)).isCloseTo(2, Close.TO);
        // Slope 1 of the computed ones and 1 of the last two: half of (1 + 1)/2 added.
        assertThat(at(forecast, 3)).isCloseTo(1.5f, Close.TO);
    }

    @Test
    void theProbeScalesTheStepBetweenItsEnds() {
        for (double[] each : List.of(new double[] {1.25, 3.5}, new double[] {7, 4}, new double[] {0.2, 3})) {
            cache.budget(Integer.MAX_VALUE);
            Forecast forecast = forecast(part("ratio"), each[0]);
            keep(forecast, 0, 1);
            keep(forecast, 1, 3);
            assertThat(at(forecast, 2)).isCloseTo((float) each[1], Close.TO);
            forecast.forget(cache);
        }
    }

    @Test
    void fittedWeightsCountWhereTheStepsAreThoseFittedTo() {
        Forecast forecast = forecast("{\"fitted\": {\"weights\": [[1], [2], [-1, 3], [0.5, 2]]}}");
        keep(forecast, 0, 1);
        assertThat(at(forecast, 1)).isEqualTo(2);
        assertThat(value(forecast.calibrated(step(2), ort.floats(5)))).isEqualTo(14);
        keep(forecast, 2, 5);
        assertThat(at(forecast, 3)).isEqualTo(10.5f);
        // Behind the last row: the line through 1 and 5.
        assertThat(at(forecast, 4)).isEqualTo(9);
    }

    @Test
    void fittedWeightsOfOtherStepsGiveWayToTheLine() {
        Forecast forecast = forecast("{\"fitted\": {\"weights\": [[1], [2], [-1, 3], [0.5, 2]]}}");
        keep(forecast, 0, 1);
        assertThat(value(forecast.calibrated(step(1), ort.floats(4)))).isEqualTo(4);
        keep(forecast, 1, 4);
        assertThat(at(forecast, 2)).isEqualTo(7);
        assertThat(at(forecast, 3)).isEqualTo(10);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[[1], [1, 1, 1]] | fitted: the weights of step 1 must be as many as those of the step before, or one"
                        + " more where it is computed: 1 or 2, found 3",
                "[[1], []] | fitted: the weights of step 1 must be",
                "[[]] | fitted: the weights of step 0 must be",
                "[1, 2] | fitted: weights must be a list of lists of numbers, was [1,2]",
                "[[1e999]] | fitted: weights must be a list of lists of numbers",
            })
    void fittedWeightsAreRowsThatGrowByOne(String weights, String message) {
        assertThatThrownBy(() -> part("{\"fitted\": {\"weights\": " + weights + "}}"))
                .isInstanceOf(InvalidPolicyException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void calibrationAddsWhatTheForecastsMissed() {
        Forecast forecast = forecast("hold");
        keep(forecast, 0, 10);
        at(forecast, 1);
        at(forecast, 2);
        // The line from 10 to 16 is 12 and 14 there; 10 and 10 were returned.
        assertThat(value(forecast.calibrated(step(3), ort.floats(16)))).isCloseTo(22, Close.TO);
        keep(forecast, 3, 16);
        assertThat(value(forecast.calibrated(step(4), ort.floats(17)))).isEqualTo(17);
    }

    @ParameterizedTest
    @MethodSource("every")
    void withoutRoomThereIsNoForecast(Part<Forecasting> part) {
        Forecast forecast = forecast(part, Double.NaN);
        cache.budget(0);
        assertThat(forecast.keep(step(0), ort.floats(1))).isFalse();
        assertThat(forecast.ready(cache)).isFalse();
        assertThat(forecast.missing(cache)).isEqualTo(Reason.BUDGET);
        cache.budget(4);
        keep(forecast, 1, 7);
        assertThat(at(forecast, 2)).isCloseTo(7, within(0.01f));
        forecast.forget(cache);
        assertThat(cache.names()).isEmpty();
    }
}
