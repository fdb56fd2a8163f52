package dev.reprise.cli.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.cli.CommandLineRun;
import dev.reprise.cli.ExitCode;
import dev.reprise.cli.text.Json;
import dev.reprise.demo.DemoModels;
import dev.reprise.testdata.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class InspectIT {
    static List<Path> goldenModels() {
        return TestModels.goldenModels();
    }

    @ParameterizedTest
    @MethodSource("goldenModels")
    void findsExactlyTheRecordedAttentionAndBlocks(Path model) throws IOException {
        JsonNode recording = Json.parse(Files.readString(model.resolveSibling("recording.json")));

        JsonNode found = CommandLineRun.of("inspect", model, "--format", "json").json();

        assertThat(found.path("attention_modules"))
                .containsExactlyInAnyOrderElementsOf(recording.path("attention_modules"));
        assertThat(found.path("blocks")).isEqualTo(recording.path("blocks"));
        assertThat(found.path("coverage").asDouble()).isGreaterThan(0.9);
    }

    @Test
    void printsModulesBlocksAndAPlanForEveryPolicy() {
        CommandLineRun run = CommandLineRun.of("inspect", DemoModels.digits().resolve("torchscript.onnx"));

        assertThat(run.exitCode()).isEqualTo(ExitCode.OK);
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .contains("transformer_blocks × 8", "transformer_blocks.7.attn2", "cross attention", "(latents)");
        PolicyCatalogue.all().forEach(type -> assertThat(run.out()).contains(type.id()));
        assertThat(run.out().lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(120));
    }

    @Test
    void plansAreUpperBounds() {
        JsonNode json = CommandLineRun.of(
                        "inspect", DemoModels.digits().resolve("torchscript.onnx"), "--format", "json")
                .json();

        for (JsonNode plan : json.path("policies")) {
            if (plan.path("supported").asBoolean()) {
                assertThat(plan.path("multiply_adds_needed").asLong())
                        .isBetween(0L, json.path("multiply_adds").asLong());
            } else {
                assertThat(plan.path("reason").asText()).isNotBlank();
            }
        }
    }

    @Test
    void readsABundleAsItReadItsModel(@TempDir Path folder) {
        Path model = TestModels.golden("flux").resolve("dynamo.onnx");
        Path bundle = folder.resolve("bundle");
        CommandLineRun.of("optimize", model, "-o", bundle);

        JsonNode ofModel =
                CommandLineRun.of("inspect", model, "--format", "json").json();
        JsonNode ofBundle =
                CommandLineRun.of("inspect", bundle, "--format", "json").json();

        for (String part : List.of("attention_modules", "blocks", "modules", "policies", "multiply_adds")) {
            assertThat(ofBundle.path(part)).as(part).isEqualTo(ofModel.path(part));
        }
    }
}
