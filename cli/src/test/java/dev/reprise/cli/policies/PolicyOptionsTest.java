package dev.reprise.cli.policies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cli.command.CommandException;
import dev.reprise.verify.run.PolicyChoice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class PolicyOptionsTest {
    @Command
    private static final class Bare {
        @Mixin
        private final PolicyOptions policies = new PolicyOptions();
    }

    @Test
    void parametersBelongToThePolicyBeforeThem() {
        List<PolicyChoice> choices = choices(
                "-p",
                "fbc",
                "--set",
                "threshold=0.1",
                "--policy=pab",
                "--policy-config",
                "{\"spatial_attention_block_skip_range\": 3}",
                "--policy",
                "taylorseer",
                "--set",
                "max_order=2",
                "--set=use_lite_mode=true");

        assertThat(choices.stream().map(PolicyChoice::title))
                .containsExactly(
                        "fbc threshold=0.1",
                        "pab spatial_attention_block_skip_range=3",
                        "taylorseer max_order=2 use_lite_mode=true");
        assertThat(choices.stream().map(choice -> choice.policy().id()))
                .containsExactly("first_block_cache", "pyramid_attention_broadcast", "taylorseer");
    }

    @Test
    void theSamePolicyTwiceGetsTwoLabels() {
        assertThat(choices("-p", "fbc", "-p", "fbc={\"threshold\":0.2}").stream()
                        .map(PolicyChoice::label))
                .containsExactly("fbc", "fbc_2");
    }

    @Test
    void readsAFileAndWhatFreezeWrites(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("mask.json");
        Files.writeString(file, "{\"policy\": \"step_mask\", \"parameters\": {\"mask\": \"1010\"}}");

        assertThat(choices("-p", "step_mask", "--policy-config", file.toString())
                        .get(0)
                        .parameters())
                .hasToString("{\"mask\":\"1010\"}");
    }

    @Test
    void assignmentsWinOverTheObject() {
        PolicyChoice choice = choices("-p", "fbc={\"threshold\":0.2}", "--set", "threshold=0.3")
                .get(0);

        assertThat(choice.parameters()).hasToString("{\"threshold\":0.3}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1010", "0110", "1"})
    void aMaskStaysAString(String mask) {
        PolicyChoice choice =
                choices("-p", "step_mask", "--set", "mask=" + mask).get(0);

        assertThat(choice.parameters()).hasToString("{\"mask\":\"" + mask + "\"}");
        assertThat(choice.title()).isEqualTo("step_mask mask=" + mask);
    }

    @Test
    void aFieldTwiceIsRefused() {
        assertThatThrownBy(() -> choices("-p", "fbc={\"threshold\":0.1,\"threshold\":0.2}"))
                .isInstanceOf(CommandException.class)
                .hasMessageStartingWith("--policy fbc must be a JSON object, found Duplicate field 'threshold'");
    }

    @Test
    void saysWhatIsWrong() {
        assertThatThrownBy(() -> choices("-p", "fbc", "--set", "threshold=-1"))
                .isInstanceOf(InvalidPolicyException.class)
                .hasMessageContaining("threshold");
        assertThatThrownBy(() -> choices("-p", "fbc", "--set", "treshold=1"))
                .isInstanceOf(InvalidPolicyException.class)
                .hasMessageContaining("nearest: threshold");
        assertThatThrownBy(() -> choices("-p", "fbc", "--policy-config", "nowhere.json"))
                .isInstanceOf(CommandException.class)
                .hasMessage("--policy-config must be a file or a JSON object, found no file 'nowhere.json'");
        assertThatThrownBy(() -> choices("-p", "fbc", "--policy-config", "{\"threshold\": }"))
                .isInstanceOf(CommandException.class)
                .hasMessageStartingWith("--policy-config must be a JSON object, found");
        assertThatThrownBy(() ->
                        choices("-p", "fbc", "--policy-config", "{\"policy\": \"step_mask\", \"parameters\": {}}"))
                .isInstanceOf(CommandException.class)
                .hasMessage("--policy-config must be for policy fbc, was for step_mask");
        assertThatThrownBy(() -> choices("--set", "threshold=1")).hasMessageContaining("--policy");
        assertThatThrownBy(() -> choices("-p", "fbc", "--policy-config", "{}", "--policy-config", "{}"))
                .isInstanceOf(CommandLine.ParameterException.class)
                .hasMessageContaining("--policy");
    }

    private static List<PolicyChoice> choices(String... arguments) {
        Bare command = new Bare();
        new CommandLine(command).parseArgs(arguments);
        return command.policies.choices();
    }
}
