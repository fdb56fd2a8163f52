package dev.reprise.cache.reuse;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.Close;
import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.OrtFragments;
import dev.reprise.cache.Reason;
import dev.reprise.cache.Subject;
import dev.reprise.cache.TestCache;
import dev.reprise.cache.TestStep;
import dev.reprise.cache.ToyModel;
import dev.reprise.cache.math.TensorMath;
import dev.reprise.cache.parameter.ForecastKind;
import dev.reprise.cache.part.Forecast;
import dev.reprise.graph.ElementType;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class ForecastTest {
    private static final int[] UNEQUALLY_SPACED = {0, 1, 3, 7};
    private static final BoundPolicy NOTHING = new ComputeAlways(Subject.MODEL, Reason.NO_CACHE).bound();

    private final OrtFragments ort = new OrtFragments();
    private final TestCache cache = new TestCache();

    @AfterEach
    void close() throws OrtException {
        ort.close();
    }

    private DenoisingStep step(int index) {
        return new TestStep(ToyModel.singleStream(), new TensorMath(ort), index, 10, 500, Map.of(), cache, NOTHING);
    }

    private boolean keep(Forecast forecast, int index, float value) {
        return forecast.keep(step(index), ort.floats(value));
    }

    private float at(Forecast forecast, int index) {
        return OrtFragments.values(forecast.at(step(index)))[0];
    }

    /** Every forecast, of every order that a series of four tells apart, in every element type that tensors are kept in. */
    static Stream<Arguments> every() {
        List<@Nullable ElementType> types =
                Arrays.asList(null, ElementType.FLOAT, ElementType.FLOAT16, ElementType.BFLOAT16);
        return Stream.of(ForecastKind.values())
                .flatMap(kind -> IntStream.rangeClosed(0, 3)
                        .boxed()
                        .flatMap(order -> types.stream().map(type -> Arguments.of(kind, order, type))));
    }

    /** FoCa's rule, as published, takes computed steps for neighbours whatever lies between them; its part can divide by the steps. */
    static Stream<Arguments> everyButFoca() {
        return every().filter(arguments -> arguments.get()[0] != ForecastKind.FOCA);
    }

    @ParameterizedTest(name = "{0} of order {1} kept as {2}")
    @MethodSource("every")
    void aConstantStays(ForecastKind kind, int order, @Nullable ElementType storage) {
        Forecast forecast = Forecasts.of(kind, "y", order, storage);
        for (int index : UNEQUALLY_SPACED) {
            keep(forecast, index, 3);
            assertThat(at(forecast, index + 1)).isCloseTo(3, Close.TO);
        }
        assertThat(at(forecast, 20)).isCloseTo(3, Close.TO);
    }

    @ParameterizedTest(name = "{0} of order {1} kept as {2}")
    @MethodSource("everyButFoca")
    void aLinearSeriesGoesOnLinearlyWhereTheOrderAllows(ForecastKind kind, int order, @Nullable ElementType storage) {
        Forecast forecast = Forecasts.of(kind, "y", order, storage);
        // All of these are exact in 8 bits of mantissa.
        for (int index : UNEQUALLY_SPACED) {
            keep(forecast, index, 1 + 2 * index);
        }
        boolean goesOn = kind != ForecastKind.LAST && order > 0;
        assertThat(at(forecast, 9)).isCloseTo(goesOn ? 19 : 15, Close.TO);
        assertThat(at(forecast, 12)).isCloseTo(goesOn ? 25 : 15, Close.TO);
        assertThat(forecast.last(cache)).isNotNull();
    }

    @ParameterizedTest
    @CsvSource({"LAST, 4", "TAYLOR, 8", "LAGRANGE, 9"})
    void forecastsSquares(ForecastKind kind, float expected) {
        Forecast forecast = Forecasts.of(kind, "y", 2, null);
        keep(forecast, 0, 0);
        keep(forecast, 1, 1);
        keep(forecast, 2, 4);
        assertThat(at(forecast, 3)).isCloseTo(expected, Close.TO);
    }

    @Test
    void lagrangeIsExactForUnequalSpacing() {
        Forecast forecast = Forecasts.of(ForecastKind.LAGRANGE, "y", 2, null);
        for (int index : UNEQUALLY_SPACED) {
            keep(forecast, index, index * index);
        }
        assertThat(at(forecast, 9)).isCloseTo(81, org.assertj.core.api.Assertions.within(1e-3f));
        assertThat(cache.names()).hasSize(3);
    }

    @Test
    void aFactorOfAnEarlierWindowIsDividedByTheNewOne() {
        // y = 0, 2, 8 at 0, 1, 4: d¹ = 6/3, d² = (2 − 2)/3.
        Forecast forecast = Forecasts.of(ForecastKind.TAYLOR, "y", 2, null);
        keep(forecast, 0, 0);
        keep(forecast, 1, 2);
        keep(forecast, 4, 8);
        assertThat(at(forecast, 6)).isCloseTo(12, Close.TO);
    }

    @ParameterizedTest
    @EnumSource(names = {"TAYLOR", "LAGRANGE"})
    void startsWithOneValueAndTakesEvaluationsOfOneStepAsOne(ForecastKind kind) {
        Forecast forecast = Forecasts.of(kind, "y", 1, null);
        assertThat(forecast.ready(cache)).isFalse();
        keep(forecast, 0, 5);
        assertThat(at(forecast, 2)).isEqualTo(5);
        keep(forecast, 0, 1);
        keep(forecast, 1, 2);
        assertThat(at(forecast, 2)).isCloseTo(3, Close.TO);
        keep(forecast, 1, 2.5f);
        assertThat(forecast.ready(cache)).isTrue();
        assertThat(at(forecast, 2)).isCloseTo(kind == ForecastKind.TAYLOR ? 3.5f : 4, Close.TO);
    }

    @ParameterizedTest
    @EnumSource(names = {"TAYLOR", "LAGRANGE"})
    void startsOverWhenTheStepGoesBackOrASlotIsGone(ForecastKind kind) {
        Forecast forecast = Forecasts.of(kind, "y", 1, null);
        keep(forecast, 4, 1);
        keep(forecast, 5, 2);
        keep(forecast, 0, 7);
        assertThat(at(forecast, 1)).isEqualTo(7);
        keep(forecast, 1, 8);
        cache.lose(cache.names().iterator().next());
        assertThat(forecast.ready(cache)).isFalse();
        keep(forecast, 2, 3);
        assertThat(at(forecast, 3)).isEqualTo(3);
    }

    @ParameterizedTest
    @EnumSource(names = {"TAYLOR", "LAGRANGE"})
    void isNotReadyWithoutRoom(ForecastKind kind) {
        Forecast forecast = Forecasts.of(kind, "y", 1, null);
        cache.budget(0);
        assertThat(keep(forecast, 0, 1)).isFalse();
        assertThat(forecast.ready(cache)).isFalse();
        assertThat(forecast.missing(cache)).isEqualTo(Reason.BUDGET);
        cache.budget(100);
        keep(forecast, 1, 1);
        assertThat(forecast.ready(cache)).isTrue();
        forecast.forget(cache);
        assertThat(cache.names()).isEmpty();
        assertThat(forecast.missing(cache)).isEqualTo(Reason.FIRST_STEP);
    }
}
