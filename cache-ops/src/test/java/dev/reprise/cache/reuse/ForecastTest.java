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
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ForecastTest {
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
        return ort.scalar(forecast.at(step(index)));
    }

    @ParameterizedTest
    @CsvSource({"taylor, 8", "lagrange, 9"})
    void forecastsSquares(String kind, float expected) {
        Forecast forecast = Forecast.of(kind, "y", 2, null);
        keep(forecast, 0, 0);
        keep(forecast, 1, 1);
        keep(forecast, 2, 4);
        assertThat(at(forecast, 3)).isCloseTo(expected, Close.TO);
    }

    @Test
    void lagrangeIsExactForUnequalSpacing() {
        Forecast forecast = Forecast.of("lagrange", "y", 2, null);
        for (int index : new int[] {0, 1, 3, 7}) {
            keep(forecast, index, index * index);
        }
        assertThat(at(forecast, 9)).isCloseTo(81, org.assertj.core.api.Assertions.within(1e-3f));
        assertThat(cache.names()).hasSize(3);
    }

    @Test
    void aFactorOfAnEarlierWindowIsDividedByTheNewOne() {
        // y = 0, 2, 8 at 0, 1, 4: d¹ = 6/3, d² = (2 − 2)/3.
        Forecast forecast = Forecast.of("taylor", "y", 2, null);
        keep(forecast, 0, 0);
        keep(forecast, 1, 2);
        keep(forecast, 4, 8);
        assertThat(at(forecast, 6)).isCloseTo(12, Close.TO);
    }

    @ParameterizedTest
    @ValueSource(strings = {"taylor", "lagrange"})
    void startsWithOneValueAndTakesEvaluationsOfOneStepAsOne(String kind) {
        Forecast forecast = Forecast.of(kind, "y", 1, null);
        assertThat(forecast.ready(cache)).isFalse();
        keep(forecast, 0, 5);
        assertThat(at(forecast, 2)).isEqualTo(5);
        keep(forecast, 0, 1);
        keep(forecast, 1, 2);
        assertThat(at(forecast, 2)).isCloseTo(3, Close.TO);
        keep(forecast, 1, 2.5f);
        assertThat(forecast.ready(cache)).isTrue();
        assertThat(at(forecast, 2)).isCloseTo(kind.equals("taylor") ? 3.5f : 4, Close.TO);
    }

    @ParameterizedTest
    @ValueSource(strings = {"taylor", "lagrange"})
    void startsOverWhenTheStepGoesBackOrASlotIsGone(String kind) {
        Forecast forecast = Forecast.of(kind, "y", 1, null);
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
    @ValueSource(strings = {"taylor", "lagrange"})
    void isNotReadyWithoutRoom(String kind) {
        Forecast forecast = Forecast.of(kind, "y", 1, null);
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
