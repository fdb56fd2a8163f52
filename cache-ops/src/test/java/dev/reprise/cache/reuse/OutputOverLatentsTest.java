package dev.reprise.cache.reuse;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import dev.reprise.cache.BoundPolicy;
import dev.reprise.cache.OrtFragments;
import dev.reprise.cache.TestCache;
import dev.reprise.cache.TestStep;
import dev.reprise.cache.ToyModel;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.math.Tensor;
import dev.reprise.cache.math.TensorMath;
import dev.reprise.cache.parameter.ForecastKind;
import dev.reprise.cache.part.Forecast;
import dev.reprise.cache.policy.NoCache;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OutputOverLatentsTest {
    private final OrtFragments ort = new OrtFragments();

    @AfterEach
    void close() throws OrtException {
        ort.close();
    }

    @Test
    void namesThePolicyWhenTheLatentsChangeTheirShape() {
        Tensor latents = ort.tensor(new long[] {1, 1, 3, 2}, 1, 2, 3, 4, 5, 6);
        ToyModel model = ToyModel.singleStream();
        BoundPolicy none = NoCache.builder().build().bind(model.manifest());
        TestStep step = new TestStep(
                model, new TensorMath(ort), 0, 2, 500, Map.of("hidden_states", latents), new TestCache(), none);
        Forecast change = Forecasts.of(ForecastKind.LAST, "output_change", 0, null);
        change.keep(step, ort.tensor(new long[] {1, 1, 2, 2}, 1, 2, 3, 4));
        OutputOverLatents output = new OutputOverLatents(
                "easycache", "hidden_states", "sample", slot -> change, ModelOutputs.last(List.of()));
        assertThatThrownBy(() -> output.skip(step))
                .isInstanceOf(UnsupportedPolicyException.class)
                .hasMessageStartingWith("easycache needs the latents and the output to have one shape");
    }
}
