package dev.reprise.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cli.Schemas;
import dev.reprise.ort.provider.ExecutionProvider;
import dev.reprise.testdata.TestModels;
import dev.reprise.verify.text.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The recipe for a machine with a GPU, as far as it goes without one, on the jar that was packaged before these tests. */
@DisabledOnOs(OS.WINDOWS)
class GpuRecipeIT {
    @TempDir
    private Path folder;

    private record Run(int exitCode, String output) {}

    @Test
    void runsOnTheCpu() throws Exception {
        Path models = Files.createDirectory(folder.resolve("models"));
        Files.copy(TestModels.golden("pixart").resolve("torchscript.onnx"), models.resolve("small \"one\".onnx"));

        Run run = recipe("--provider", "cpu", "--models", models, "--steps", "4", "--rounds", "1", "-o", results());

        assertThat(run.exitCode()).as(run.output()).isZero();
        JsonNode json = Json.parse(Files.readString(results()));
        assertThat(json.get("provider").textValue()).isEqualTo("cpu");
        assertThat(json.get("parts").findValuesAsText("name"))
                .contains("doctor", "verify pixart/torchscript", "verify flux/dynamo", "bench small \"one\" on cpu");
        List<String> ran = new ArrayList<>();
        for (JsonNode part : json.get("parts")) {
            assertThat(part.get("exit_code").intValue()).as(part.toString()).isZero();
            String command = part.get("name").textValue().replaceFirst(" .*", "");
            Schemas.requireValid(command, part.get("result"));
            ran.add(command);
        }
        assertThat(ran).containsExactly("doctor", "verify", "verify", "bench");
    }

    @Test
    void saysWhatIsMissingForCuda() throws Exception {
        assumeFalse(ExecutionProvider.parse("cuda").isCompiledIn(), "this ONNX Runtime has CUDA");

        Run run = recipe("-o", results());

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.output()).contains("cuda:0 cannot be used", "onnxruntime_gpu");
        JsonNode parts = Json.parse(Files.readString(results())).get("parts");
        assertThat(parts).hasSize(1);
        assertThat(parts.at("/0/exit_code").intValue()).isEqualTo(1);
        assertThat(parts.at("/0/result/healthy").booleanValue()).isFalse();
    }

    @Test
    void refusesWhatItDoesNotKnow() throws Exception {
        assertThat(recipe("--gpu", "0")).isEqualTo(new Run(2, "gpu: unknown option '--gpu'\n"));
        assertThat(recipe("-o")).isEqualTo(new Run(2, "gpu: -o needs a value\n"));
        assertThat(recipe("--models", "/nowhere")).isEqualTo(new Run(2, "gpu: /nowhere: no such folder\n"));
    }

    private Path results() {
        return folder.resolve("results.json");
    }

    private static Run recipe(Object... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("bash", "../benchmarks/gpu/run"));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("REPRISE_SKIP_BUILD", "1");
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Run(process.waitFor(), output);
    }
}
