package dev.reprise.cli.record;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cli.CommandLineRun;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.graph.recording.Fingerprint;
import dev.reprise.graph.recording.Fingerprint.StepValues;
import dev.reprise.graph.recording.Origin;
import dev.reprise.graph.recording.Recording;
import dev.reprise.testdata.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordIT {
    private static final Path DIT = TestModels.golden("dit").resolve("torchscript.onnx");

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
                "--set",
                "threshold=0.6",
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

    /** Written by the Python of docs/recordings.md in FluxPipeline of diffusers. */
    @Test
    void whatAPipelineOfDiffusersWroteIsRecorded() {
        Path model = TestModels.golden("flux").resolve("dynamo.onnx");
        Path recording = folder.resolve("recording");

        CommandLineRun record = CommandLineRun.of(
                "record",
                model,
                "--inputs",
                TestModels.pipeline("flux").resolve("generation.safetensors"),
                "-p",
                "fbc",
                "--set",
                "threshold=0.5",
                "-o",
                recording);
        CommandLineRun verify = CommandLineRun.of("verify", model, "--recording", recording, "--strict");

        assertThat(record.err()).isEmpty();
        assertThat(record.exitCode()).isEqualTo(ExitCode.OK);
        assertThat(verify.exitCode()).as(verify.err()).isEqualTo(ExitCode.OK);
        // FluxPipeline gives the scheduler's timestep divided by 1000, in a float: 1000 comes first.
        Recording read = Recording.read(recording);
        assertThat(read.description().timesteps()).hasSize(20).isSortedAccordingTo(Comparator.reverseOrder());
        assertThat(read.description().timesteps().get(0)).isCloseTo(1000, Offset.offset(1e-3));
        assertThat(read.inputs(0))
                .containsOnlyKeys(
                        "hidden_states",
                        "encoder_hidden_states",
                        "pooled_projections",
                        "timestep",
                        "img_ids",
                        "txt_ids");
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

    @Test
    void aRecordingKnowsWhatItIs() {
        Path recording = folder.resolve("recording");

        CommandLineRun run = CommandLineRun.of(
                "record", DIT, "--random", 1, "--steps", 7, "--threads", 1, "-o", recording, "--format", "json");

        JsonNode json = run.json();
        Recording read = Recording.read(recording);
        Origin origin = read.description().origin();
        assertThat(origin).isNotNull();
        assertThat(origin.source()).isEqualTo("torchscript.onnx");
        assertThat(origin.provider()).isEqualTo("cpu");
        assertThat(origin.threads()).isEqualTo(1);
        assertThat(json.at("/origin/model").asText()).isEqualTo(origin.model());
        Fingerprint fingerprint = read.fingerprint().orElseThrow();
        assertThat(fingerprint.model().hash()).isEqualTo(origin.model());
        assertThat(fingerprint.model().weights()).hasSizeGreaterThan(50);
        assertThat(fingerprint.steps()).extracting(StepValues::step).containsExactly(0, 3, 6);
        assertThat(fingerprint.steps().get(0).values()).hasSizeGreaterThan(8).containsKey("sample");
    }

    @Test
    void theFingerprintDoesNotDependOnTheCut() {
        Path bundle = folder.resolve("bundle");
        CommandLineRun.of("optimize", DIT, "--pack-weights", "--module", ".*norm1", "-o", bundle);

        CommandLineRun cut = CommandLineRun.of(
                "record", bundle, "--random", 1, "--steps", 1, "-o", folder.resolve("a"), "--format", "json");
        CommandLineRun whole = CommandLineRun.of(
                "record", DIT, "--random", 1, "--steps", 1, "-o", folder.resolve("b"), "--format", "json");

        assertThat(cut.json().at("/origin/model")).isEqualTo(whole.json().at("/origin/model"));
    }

    @Test
    void aPolicyThatReusesNothingIsWarnedAbout() {
        Path recording = folder.resolve("recording");
        CommandLineRun run = CommandLineRun.of(
                "record", DIT, "--random", 1, "--steps", 20, "-p", "fbc", "--set", "threshold=1e-6", "-o", recording);

        assertThat(run.exitCode()).isEqualTo(ExitCode.OK);
        assertThat(run.out()).contains("fbc threshold=1.0E-6", "0 of 20");
        assertThat(run.errorLines())
                .singleElement()
                .asString()
                .contains("reused nothing in 20 steps", "--set threshold=");
        Matcher suggested = Pattern.compile("--set threshold=(\\S+) would reuse in (\\d+) of 20")
                .matcher(run.err());
        assertThat(suggested.find()).isTrue();
        assertThat(Integer.parseInt(suggested.group(2))).isBetween(6, 14);

        JsonNode again = CommandLineRun.of(
                        "record",
                        DIT,
                        "--random",
                        1,
                        "--steps",
                        20,
                        "-p",
                        "fbc",
                        "--set",
                        "threshold=" + suggested.group(1),
                        "-o",
                        recording,
                        "--force",
                        "--format",
                        "json")
                .json();

        assertThat(again.at("/policies/0/vacuous").asBoolean()).isFalse();
        assertThat(again.at("/policies/0/reusing_steps").asInt()).isEqualTo(Integer.parseInt(suggested.group(2)));
    }

    @Test
    void replacesOnlyWhenAsked() throws IOException {
        Path recording = folder.resolve("recording");
        CommandLineRun.of("record", DIT, "--random", 1, "--steps", 4, "-p", "output_forecast", "-o", recording);

        CommandLineRun refused = CommandLineRun.of("record", DIT, "--random", 2, "--steps", 3, "-o", recording);
        CommandLineRun updated = CommandLineRun.of("record", DIT, "-o", recording, "--update", "--format", "json");
        Recording afterUpdate = Recording.read(recording);
        CommandLineRun forced =
                CommandLineRun.of("record", DIT, "--random", 2, "--steps", 3, "-o", recording, "--force");
        Files.writeString(recording.resolve("notes.txt"), "mine");
        CommandLineRun notAlone = CommandLineRun.of("record", DIT, "-o", recording, "--update");

        assertThat(refused.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(updated.json().at("/policies/0/name").asText()).isEqualTo("output_forecast");
        assertThat(afterUpdate.description().steps()).isEqualTo(4);
        assertThat(forced.exitCode()).as(forced.err()).isEqualTo(ExitCode.OK);
        assertThat(Recording.read(recording).description().steps()).isEqualTo(3);
        assertThat(notAlone.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(notAlone.err()).contains("notes.txt");
    }

    @Test
    void anUpdateNeedsARecording() {
        CommandLineRun run = CommandLineRun.of("record", DIT, "-o", folder.resolve("none"), "--update");

        assertThat(run.exitCode()).isEqualTo(ExitCode.INVALID);
        assertThat(run.errorLines()).singleElement().asString().contains("not a recording");
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
