package dev.reprise.cache.forecast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OrtException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cache.OrtFragments;
import dev.reprise.cache.Reason;
import dev.reprise.cache.Subject;
import dev.reprise.cache.TestCache;
import dev.reprise.cache.TestStep;
import dev.reprise.cache.ToyModel;
import dev.reprise.cache.math.SpectralFilter;
import dev.reprise.cache.math.TensorMath;
import dev.reprise.cache.part.Forecast;
import dev.reprise.cache.policy.Combined;
import dev.reprise.cache.reuse.ComputeAlways;
import dev.reprise.graph.json.JsonFile;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Published formulas, as {@code testdata/export/cache_formulas.py} worked them out. */
class ParityTest {
    private static final float TOLERANCE = 1e-5f;

    private final OrtFragments ort = new OrtFragments();

    @AfterEach
    void close() throws OrtException {
        ort.close();
    }

    private static Stream<JsonNode> recorded(String what) throws IOException {
        try (InputStream file = ParityTest.class.getResourceAsStream("/parity.json")) {
            List<JsonNode> cases = new ArrayList<>();
            JsonFile.mapper().readTree(file).get(what).forEach(cases::add);
            return cases.stream();
        }
    }

    static Stream<JsonNode> forecasts() throws IOException {
        return recorded("forecasts");
    }

    static Stream<JsonNode> filters() throws IOException {
        return recorded("filters");
    }

    private static float[] floats(JsonNode list) {
        float[] values = new float[list.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = list.get(i).floatValue();
        }
        return values;
    }

    @ParameterizedTest
    @MethodSource("forecasts")
    void forecastsAsPublished(JsonNode recorded) {
        TestCache cache = new TestCache();
        Forecast forecast = Combined.builder()
                .set("what=" + recorded.get("what").textValue())
                .parameters()
                .get(Combined.WHAT)
                .value()
                .of("y", step -> Double.NaN);
        Set<Integer> computed = new HashSet<>();
        recorded.get("computed").forEach(step -> computed.add(step.intValue()));
        for (int i = 0; i < recorded.get("values").size(); i++) {
            TestStep step = new TestStep(
                    ToyModel.singleStream(),
                    new TensorMath(ort),
                    i,
                    0,
                    500,
                    Map.of(),
                    cache,
                    new ComputeAlways(Subject.MODEL, Reason.NO_CACHE).bound());
            if (computed.contains(i)) {
                forecast.keep(step, ort.floats(floats(recorded.get("values").get(i))));
            } else {
                assertThat(OrtFragments.values(forecast.at(step)))
                        .as("step %d", i)
                        .containsExactly(floats(recorded.get("forecasts").get(i)), within(TOLERANCE));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("filters")
    void filtersAsPublished(JsonNode recorded) {
        JsonNode axes = recorded.get("shape");
        long[] shape = new long[2 + axes.size()];
        shape[0] = 1;
        shape[1] = 1;
        for (int i = 0; i < axes.size(); i++) {
            shape[2 + i] = axes.get(i).longValue();
        }
        SpectralFilter filter = new SpectralFilter(
                recorded.get("sigma").doubleValue(), recorded.get("power_exp").doubleValue());
        assertThat(OrtFragments.values(
                        new TensorMath(ort).filter(ort.tensor(shape, floats(recorded.get("image"))), filter)))
                .containsExactly(floats(recorded.get("filtered")), within(TOLERANCE));
    }
}
