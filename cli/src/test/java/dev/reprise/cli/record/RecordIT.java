package dev.reprise.cli.record;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cli.CommandLineRun;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.graph.recording.Recording;
import dev.reprise.testdata.TestModels;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordIT {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"pixart/torchscript_dynamic", "flux/dynamo", "cogvideox/dynamo_dynamic", "dit/torchscript"})
    void whatWasRecordedVerifies(String name) {
        Path model = TestModels.golden(name.substring(0, name.indexOf('/')))
                .resolve(name.substring(name.indexOf('/') + 1) + ".onnx");
        Path recording = folder.resolve("recording");

        CommandLineRun record = CommandLineRun.of(
                "record",
                model,
                "--random",
                7,
                "--steps",
                10,
                "-o",
                recording,
                "-p",
                "fbc",
                "--set",
                "threshold=0.3",
                "-p",
                "pab",
                "--set",
                "spatial_attention_block_skip_range=2",
                "-p",
                "dbcache",
                "--set",
                "warmup_steps=2",
                "-p",
                "output_forecast");
        JsonNode verify = CommandLineRun.of("verify", model, "--recording", recording, "--format", "json")
                .json();

        assertThat(record.err()).isEmpty();
        assertThat(record.exitCode()).isEqualTo(ExitCode.OK);
        assertThat(verify.path("policies")).hasSize(5).allSatisfy(policy -> {
            assertThat(policy.path("status").asText()).isEqualTo("passed");
            assertThat(policy.path("relative_error").asDouble()).isLessThan(1e-5);
        });
    }

    @Test
    void theInputsOfARecordingCanBeRecordedAgain() {
        Path model = TestModels.golden("dit").resolve("dynamo.onnx");
        Path recording = folder.resolve("again");

        CommandLineRun run = CommandLineRun.of(
                "record",
                model,
                "--inputs",
                TestModels.golden("dit"),
                "--steps",
                5,
                "-p",
                "output_forecast",
                "-o",
                recording);

        assertThat(run.exitCode()).isEqualTo(ExitCode.OK);
        Recording before = Recording.read(TestModels.golden("dit"));
        Recording after = Recording.read(recording);
        assertThat(after.description().timesteps())
                .isEqualTo(before.description().timesteps().subList(0, 5));
        assertThat(after.inputs(3).get("hidden_states").data())
                .isEqualTo(before.inputs(3).get("hidden_states").data());
        assertThat(after.description().blocks()).isEqualTo(before.description().blocks());
        assertThat(after.description().attentionModules())
                .containsExactlyInAnyOrderElementsOf(before.description().attentionModules());
    }

    @Test
    void madeUpInputsMoveAsInADenoisingLoop() {
        Path model = TestModels.golden("pixart").resolve("torchscript_dynamic.onnx");
        Path recording = folder.resolve("random");
        CommandLineRun.of("record", model, "--random", 1, "--steps", 12, "--dim", "batch=2", "-o", recording);

        Recording read = Recording.read(recording);

        List<Double> timesteps = read.description().timesteps();
        assertThat(timesteps).hasSize(12).startsWith(999.0).endsWith(0.0);
        assertThat(read.inputs(4).get("hidden_states").shape().get(0)).isEqualTo(2);
        assertThat(read.inputs(4).get("hidden_states").data())
                .isNotEqualTo(read.inputs(5).get("hidden_states").data());
        assertThat(read.inputs(4).get("encoder_hidden_states").data())
                .isEqualTo(read.inputs(5).get("encoder_hidden_states").data());
    }

    /** A generation's own trace holds its last 4,096 steps. */
    @Test
    void recordsMoreStepsThanATraceHolds() {
        Path recording = folder.resolve("long");

        CommandLineRun run = CommandLineRun.of(
                "record",
                TestModels.golden("pixart").resolve("torchscript.onnx"),
                "--random",
                1,
                "--steps",
                4100,
                "-p",
                "step_mask",
                "--set",
                "mask=1" + "0".repeat(4098) + "1",
                "-o",
                recording);

        assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.OK);
        List<List<String>> skipped = Recording.read(recording)
                .description()
                .policies()
                .get("step_mask")
                .skipped();
        assertThat(skipped).hasSize(4100);
        assertThat(skipped.get(0)).isEmpty();
        assertThat(skipped.subList(1, 4099)).noneMatch(List::isEmpty);
        assertThat(skipped.get(4099)).isEmpty();
    }
}
