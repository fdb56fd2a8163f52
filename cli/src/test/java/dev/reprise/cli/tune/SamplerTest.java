package dev.reprise.cli.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.reprise.cli.command.CommandException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SamplerTest {
    @Test
    void aFlowGoesFromNoiseToTheSample() {
        SamplerSettings settings = SamplerSettings.read("{\"preset\": \"digits\", \"steps\": 4}");
        NoiseSchedule schedule = NoiseSchedule.of(settings);
        assertThat(schedule.timestep(0)).isEqualTo(1000);
        assertThat(schedule.timestep(1)).isEqualTo(750);
        float[] x = {2};
        // Noise 2, sample 0.5: the velocity is noise − sample everywhere.
        for (int i = 0; i < 4; i++) {
            schedule.follow(x, new float[] {1.5f}, i);
        }
        assertThat(x[0]).isCloseTo(0.5f, within(1e-6f));
    }

    @Test
    void aShiftedFlowStaysLongerNearTheNoise() {
        NoiseSchedule schedule = NoiseSchedule.of(SamplerSettings.read("{\"preset\": \"flux\", \"steps\": 4}"));
        assertThat(schedule.timestep(0)).isEqualTo(1);
        assertThat(schedule.timestep(2)).isCloseTo(3 * 0.5 / (1 + 2 * 0.5), within(1e-9));
    }

    /** A model that knows the sample 0.7 and the noise −1.3: every sampler must end at the sample. */
    @ParameterizedTest
    @CsvSource({
        "ddim, epsilon",
        "ddim, v_prediction",
        "ddim, sample",
        "dpmpp_2m, epsilon",
        "dpmpp_2m, v_prediction",
        "dpmpp_2m, sample",
    })
    void denoisesToTheSampleThatTheModelKnows(String sampler, String prediction) {
        SamplerSettings settings = SamplerSettings.read("{\"sampler\": \"" + sampler + "\", \"prediction\": \""
                + prediction + "\", \"steps\": 12, \"beta_start\": 0.00085, \"beta_end\": 0.012}");
        NoiseSchedule schedule = NoiseSchedule.of(settings);
        double[] signal = signal();
        double sample = 0.7;
        double noise = -1.3;
        double first = signal[(int) schedule.timestep(0)];
        float[] x = {(float) (Math.sqrt(first) * sample + Math.sqrt(1 - first) * noise)};
        for (int i = 0; i < 12; i++) {
            double alpha = Math.sqrt(signal[(int) schedule.timestep(i)]);
            double sigma = Math.sqrt(1 - alpha * alpha);
            double output = switch (prediction) {
                case "epsilon" -> noise;
                case "sample" -> sample;
                default -> alpha * noise - sigma * sample;
            };
            schedule.follow(x, new float[] {(float) output}, i);
        }
        assertThat(x[0]).isCloseTo(0.7f, within(1e-4f));
        assertThat(schedule.timestep(0)).isEqualTo(999);
    }

    private static double[] signal() {
        double[] signal = new double[1000];
        double product = 1;
        for (int t = 0; t < 1000; t++) {
            double root = Math.sqrt(0.00085) + t / 999.0 * (Math.sqrt(0.012) - Math.sqrt(0.00085));
            product *= 1 - root * root;
            signal[t] = product;
        }
        return signal;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"stps\": 3} | --sampler has an unknown field 'stps'; nearest: steps",
                "{\"steps\": 1} | --sampler: steps must be a number of at least 2.0, was 1",
                "{\"sampler\": \"euler\"} | --sampler: sampler must be one of flow_euler, ddim, dpmpp_2m, was euler",
                "{\"preset\": \"sdxl\"} | --sampler: preset must be one of flow, digits, flux, sd3, pixart, dit, cogvideox, was sdxl",
                "{\"guidance\": 3, \"batch\": \"single\"} | --sampler: guidance 3.0 needs both branches in the batch: batch must be"
                        + " uncond_cond or cond_uncond, was single",
                "{\"clamp\": [1, -1]} | --sampler: clamp must be two numbers [low, high], was [1,-1]",
                "{\"steps\": | --sampler must be a JSON object, found",
            })
    void saysWhatIsWrong(String json, String message) {
        assertThatThrownBy(() -> SamplerSettings.read(json))
                .isInstanceOf(CommandException.class)
                .hasMessageStartingWith(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"flow", "digits", "flux", "sd3", "pixart", "dit", "cogvideox"})
    void presetsAreComplete(String preset) {
        SamplerSettings settings = SamplerSettings.read("{\"preset\": \"" + preset + "\"}");
        assertThat(settings.guided()).isEqualTo(settings.guidance() != 1);
        assertThat(NoiseSchedule.of(settings).timestep(0)).isPositive();
    }
}
