package org.example.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against what testdata/export/schedulers.py let diffusers compute. */
class SchedulerParityTest {
    private static final float LARGEST_ERROR = 1e-5f;

    @TestFactory
    List<DynamicTest> computesWhatDiffusersComputes() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (JsonNode given : frozen().get("cases")) {
            tests.add(DynamicTest.dynamicTest(given.get("name").asText(), () -> compare(given)));
        }
        assertThat(tests).hasSizeGreaterThan(40);
        return tests;
    }

    private static void compare(JsonNode given) {
        Scheduler scheduler = scheduler(
                (ObjectNode) given.get("config"),
                given.get("steps").asInt(),
                given.get("tokens").asInt());
        double[] timesteps = scheduler.timesteps();
        assertThat(timesteps).hasSameSizeAs(floats(given.get("timesteps")));
        for (int i = 0; i < timesteps.length; i++) {
            assertThat(timesteps[i])
                    .as("timestep %d", i)
                    .isCloseTo(given.get("timesteps").get(i).asDouble(), within(1e-3));
        }
        close("sigma", scheduler.sigmas(), floats(given.get("sigmas")), LARGEST_ERROR);
        // Each step from the very sample that diffusers had, and then all of them in a row.
        for (int i = 0; i < timesteps.length; i++) {
            float[] sample =
                    floats(i == 0 ? given.get("noise") : given.get("samples").get(i - 1));
            scheduler.step(i, sample, floats(given.get("outputs").get(i)));
            close("sample after step " + i, sample, floats(given.get("samples").get(i)), LARGEST_ERROR);
        }
        Scheduler again = scheduler(
                (ObjectNode) given.get("config"),
                given.get("steps").asInt(),
                given.get("tokens").asInt());
        float[] sample = floats(given.get("noise"));
        for (int i = 0; i < timesteps.length; i++) {
            again.step(i, sample, floats(given.get("outputs").get(i)));
        }
        // What a model said of another sample drives errors apart where it is divided by a signal of 1/157; a flow has
        // no such step.
        boolean flow = given.get("name").asText().contains("flow")
                || given.get("name").asText().startsWith("FlowMatch");
        close(
                "last sample",
                sample,
                floats(given.get("samples").get(timesteps.length - 1)),
                flow ? LARGEST_ERROR : 3 * LARGEST_ERROR);
    }

    private static void close(String what, float[] found, float[] expected, float largest) {
        assertThat(found).hasSameSizeAs(expected);
        for (int i = 0; i < found.length; i++) {
            assertThat(found[i])
                    .as("%s [%d]", what, i)
                    .isCloseTo(expected[i], within(largest * Math.max(1, Math.abs(expected[i]))));
        }
    }

    /** No field of diffusers' constructors is unknown: it is computed with, or refused by its name and value. */
    @Test
    void knowsEveryFieldOfDiffusers() throws IOException {
        JsonNode fields = frozen().get("fields");
        assertThat(fields).hasSize(2);
        for (String kind : (Iterable<String>) fields::fieldNames) {
            ObjectNode config = new ObjectMapper().createObjectNode().put("_class_name", kind);
            fields.get(kind).forEach(field -> config.putNull(field.asText()));
            assertThat(config).hasSizeGreaterThan(14);
            assertThat(scheduler(config, 4, 16).timesteps()).hasSize(4);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "FlowMatchEulerDiscreteScheduler | use_beta_sigmas | true | use_beta_sigmas true is not supported",
                "FlowMatchEulerDiscreteScheduler | stochastic_sampling | true | stochastic_sampling true is not supported",
                "FlowMatchEulerDiscreteScheduler | time_shift_type | 'cubic' | must be one of exponential, linear, was \"cubic\"",
                "FlowMatchEulerDiscreteScheduler | flow_shift | 3 | a field 'flow_shift' that FlowMatchEulerDiscreteScheduler does not have",
                "FlowMatchEulerDiscreteScheduler | shift | 'much' | shift must be a number, was \"much\"",
                "DPMSolverMultistepScheduler | algorithm_type | 'sde-dpmsolver++' | must be one of dpmsolver++",
                "DPMSolverMultistepScheduler | thresholding | true | thresholding true is not supported",
                "DPMSolverMultistepScheduler | variance_type | 'learned' | variance_type \"learned\" is not supported",
                "DPMSolverMultistepScheduler | use_beta_sigmas | true | use_beta_sigmas true is not supported",
                "DPMSolverMultistepScheduler | use_dynamic_shifting | true | it needs use_flow_sigmas",
                "DPMSolverMultistepScheduler | solver_order | 4 | solver_order must be 1, 2 or 3, was 4",
                "EulerDiscreteScheduler | _x | 1 | must be one of FlowMatchEulerDiscreteScheduler, DPMSolverMultistepScheduler",
            })
    void refusesByName(String kind, String field, String value, String message) {
        ConfigFile config = ConfigFile.parse(
                "scheduler_config.json",
                "{\"_class_name\": \"" + kind + "\", \"" + field + "\": " + value.replace('\'', '"') + "}");
        assertThatThrownBy(() -> Scheduler.of(config, 4, 16))
                .isInstanceOf(UnusableExportException.class)
                .hasMessageStartingWith("scheduler_config.json")
                .hasMessageContaining(message);
    }

    @Test
    void readsTheInfinityThatPythonWrites() {
        ConfigFile config = ConfigFile.parse(
                "scheduler_config.json",
                "{\"_class_name\": \"DPMSolverMultistepScheduler\", \"lambda_min_clipped\": -Infinity}");
        assertThat(Scheduler.of(config, 4, 16).timesteps()).hasSize(4);
    }

    private static Scheduler scheduler(ObjectNode config, int steps, int tokens) {
        return Scheduler.of(ConfigFile.parse("scheduler_config.json", config.toString()), steps, tokens);
    }

    private static JsonNode frozen() throws IOException {
        try (InputStream stream = SchedulerParityTest.class.getResourceAsStream("/schedulers.json")) {
            return new ObjectMapper().readTree(stream);
        }
    }

    private static float[] floats(JsonNode array) {
        float[] values = new float[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).floatValue();
        }
        return values;
    }
}
