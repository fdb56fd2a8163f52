package dev.reprise.benchmarks.speed;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.graph.bundle.Bundle;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The measured models at test size: they are located as exports are, and every contestant runs. Looks at no times. */
class MeasurementIT {
    @TempDir
    Path folder;

    @Test
    void measuresASingleStreamModel() throws Exception {
        Path model = PixArtLike.write(folder.resolve("pixart.onnx"), 3, 1, 4);
        JsonNode result = measure(model);
        Manifest manifest = Bundle.open(folder.resolve("bundle")).manifest();

        assertThat(manifest.modules(ModuleKind.SELF_ATTENTION)).hasSize(3);
        assertThat(manifest.modules(ModuleKind.CROSS_ATTENTION)).hasSize(3);
        requireSavings(manifest, result, 3);
    }

    @Test
    void measuresAJointAttentionModel() throws Exception {
        Path model = FluxLike.write(folder.resolve("flux.onnx"), 2, 2, 1, 16);
        JsonNode result = measure(model);
        Manifest manifest = Bundle.open(folder.resolve("bundle")).manifest();

        assertThat(manifest.modules(ModuleKind.JOINT_ATTENTION)).hasSize(2);
        assertThat(manifest.modules(ModuleKind.SELF_ATTENTION)).hasSize(2);
        requireSavings(manifest, result, 4);
    }

    private JsonNode measure(Path model) throws Exception {
        Path bundle = Optimizer.cut(model, CutOptions.DEFAULTS).write(folder.resolve("bundle"));
        try (Measurement measurement = new Measurement(model, bundle, List.of(1))) {
            measurement.run(2);
            return measurement.json().get("threads").get(0);
        }
    }

    /** Measured steps are steps that reuse: all attention, or all blocks but the first. */
    private static void requireSavings(Manifest manifest, JsonNode result, int blocks) {
        assertThat(manifest.roles().latents()).isEqualTo("hidden_states");
        assertThat(manifest.roles().timestep()).isEqualTo("timestep");
        assertThat(manifest.chain()).isNotNull();
        assertThat(manifest.chain().blocks()).hasSize(blocks);
        assertThat(result.get("pab").get("multiply_adds").asDouble()).isBetween(0.2, 0.9);
        assertThat(result.get("fbc").get("multiply_adds").asDouble()).isBetween(0.05, 1.5 / blocks);
        assertThat(result.get("pab").get("operator_time").asDouble()).isBetween(0.01, 0.99);
        assertThat(result.get("fbc").get("operator_time").asDouble()).isBetween(0.01, 0.99);
        assertThat(result.get("cut_to_plain").asDouble()).isPositive();
    }
}
