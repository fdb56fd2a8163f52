package dev.reprise.cli.inputs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.bundle.InputRoles;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Provenance;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.graph.bundle.WeightFiles;
import dev.reprise.verify.run.Tensors;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RandomInputsTest {
    private static final int STEPS = 4;

    private final RandomInputs inputs = new RandomInputs(
            model(
                    input("latents", ElementType.FLOAT, 1, 4),
                    input("timestep", ElementType.FLOAT, 1),
                    input("timestep_r", ElementType.FLOAT, 2),
                    input("attention_mask", ElementType.INT64, 1, 3),
                    input("token_type_ids", ElementType.INT64, 1, 3),
                    input("input_ids", ElementType.INT64, 1, 9),
                    input("position_ids", ElementType.INT64, 2, 6),
                    input("img_ids", ElementType.FLOAT, 3, 2)),
            Map.of(),
            STEPS,
            1);

    @Test
    void timestepsFallOnTheScaleOfTheirInput() {
        assertThat(inputs.timesteps()).containsExactly(999.0, 666.0, 333.0, 0.0);
        assertThat(values("timestep", 1)).containsExactly(0.666f);
        assertThat(values("timestep_r", 1)).containsExactly(0.666f, 0.666f);
    }

    @Test
    void onlyLatentsAndTimestepsChange() {
        for (String name : inputs.inputs(0).keySet()) {
            boolean changes = !Arrays.equals(values(name, 0), values(name, 1));
            assertThat(changes).as(name).isEqualTo(name.equals("latents") || name.startsWith("timestep"));
        }
    }

    @Test
    void masksAreOneTypesZeroPositionsGrowAlongTheTokens() {
        assertThat(values("attention_mask", 0)).containsExactly(1, 1, 1);
        assertThat(values("token_type_ids", 0)).containsExactly(0, 0, 0);
        assertThat(values("position_ids", 0)).containsExactly(0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5);
        assertThat(values("img_ids", 0)).containsExactly(0, 0, 1, 1, 2, 2);
    }

    @Test
    void tokenIdsFitInAnyTable() {
        assertThat(values("input_ids", 0)).contains(0, 1).containsOnly(0, 1);
    }

    private float[] values(String input, int step) {
        return Tensors.floats(inputs.inputs(step).get(input));
    }

    private static TensorSpec input(String name, ElementType type, long... shape) {
        List<Long> dimensions = Arrays.stream(shape).boxed().toList();
        return new TensorSpec(name, type, dimensions, List.of(), dimensions);
    }

    private static Manifest model(TensorSpec... inputs) {
        return new Manifest(
                Manifest.VERSION,
                new Provenance("test", "model.onnx", "0", "test", 8, Map.of("", 18L), "unknown", "", null),
                new WeightFiles(".", List.of()),
                List.of(inputs),
                List.of(input("sample", ElementType.FLOAT, 1, 4)),
                new InputRoles("latents", "timestep", 1000),
                List.of(),
                List.of(),
                List.of(),
                null,
                null,
                null,
                List.of(),
                null,
                List.of(),
                null);
    }
}
