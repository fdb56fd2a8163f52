package dev.reprise.cli.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.cli.CommandLineRun;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.demo.DemoModels;
import dev.reprise.testdata.TestModels;
import dev.reprise.verify.text.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
                .contains("transformer_blocks × 8", "transformer_blocks.{0..7}.attn2", "cross attention", "(latents)")
                .doesNotContain("> 999");
        PolicyCatalogue.all().forEach(type -> assertThat(run.out()).contains(type.id()));
        assertThat(CommandLineRun.of("inspect", DemoModels.digits().resolve("torchscript.onnx"), "--all")
                        .out())
                .contains("transformer_blocks.7.attn2");
    }

    /** Step masks, HiCache and forecasts computed nothing in a step, which said nothing about a generation. */
    @Test
    void plansAreForAGeneration() {
        JsonNode json = CommandLineRun.of(
                        "inspect", DemoModels.digits().resolve("torchscript.onnx"), "--steps", 20, "--format", "json")
                .json();

        assertThat(json.path("steps").asInt()).isEqualTo(20);
        assertThat(json.path("policies")).allSatisfy(plan -> {
            assertThat(plan.path("generation_computed_share").asDouble())
                    .as(plan.toString())
                    .isBetween(0.05, 1.0);
            assertThat(plan.path("generation_speedup").asDouble()).isLessThanOrEqualTo(20);
        });
        assertThat(CommandLineRun.of("inspect", "x.onnx", "--steps", 0).errorLines())
                .containsExactly("reprise inspect: --steps must be in [1, 1000], was 0");
    }

    /** Attention is 47 % of this model, the first of its eight blocks 13 %; a whole-model policy computes nothing. */
    @Test
    void plansCountWhatAStepNeedsAtLeast() {
        JsonNode json = CommandLineRun.of(
                        "inspect", DemoModels.digits().resolve("torchscript.onnx"), "--format", "json")
                .json();

        assertThat(json.path("multiply_adds").asLong()).isEqualTo(96_713_488);
        Map<String, Long> needed = new LinkedHashMap<>();
        for (JsonNode plan : json.path("policies")) {
            String policy = plan.at("/configuration/policy").asText();
            boolean lite = plan.at("/configuration/parameters/use_lite_mode").asBoolean();
            needed.put(
                    policy + (lite ? " lite" : ""),
                    plan.path("multiply_adds_needed").asLong(-1));
        }
        assertThat(needed)
                .containsOnly(
                        entry("none", 96_713_488L),
                        entry("pyramid_attention_broadcast", 51_729_168L),
                        entry("first_block_cache", 12_466_192L),
                        entry("faster_cache", 66_106_128L),
                        entry("taylorseer", 51_729_168L),
                        entry("taylorseer lite", 784L),
                        entry("magcache", 250_640L),
                        entry("teacache", 348_944L),
                        entry("dbcache", 12_466_192L),
                        entry("easycache", 0L),
                        entry("seacache", 250_640L),
                        entry("dicache", 12_466_192L),
                        entry("sencache", 250_640L),
                        entry("foca", 12_466_192L),
                        entry("spectrum", 784L),
                        entry("hicache", 0L),
                        entry("output_forecast", 0L),
                        entry("step_mask", 250_640L),
                        entry("combined", 0L));
    }

    @Test
    void saysWhyAPolicyCannotWork() {
        JsonNode json = CommandLineRun.of(
                        "inspect", TestModels.golden("pixart").resolve("torchscript.onnx"), "--format", "json")
                .json();

        assertThat(json.path("policies"))
                .filteredOn(plan -> !plan.path("supported").asBoolean())
                .isNotEmpty()
                .allSatisfy(plan -> assertThat(plan.path("reason").asText()).isNotBlank());
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
            assertThat(ofModel.path(part).isMissingNode()).as(part).isFalse();
            assertThat(ofBundle.path(part)).as(part).isEqualTo(ofModel.path(part));
        }
    }
}
