package dev.reprise.cli.policies;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.cli.CommandLineRun;
import dev.reprise.cli.command.ExitCode;
import org.junit.jupiter.api.Test;

class PoliciesCommandTest {
    @Test
    void listsTheWholeCatalogue() {
        CommandLineRun run = CommandLineRun.of("policies");

        assertThat(run.exitCode()).isEqualTo(ExitCode.OK);
        for (PolicyType type : PolicyCatalogue.all()) {
            assertThat(run.out()).contains(type.id(), type.summary());
        }
        assertThat(run.out().lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(120));
    }

    @Test
    void showsOnePolicyByItsAlias() {
        CommandLineRun run = CommandLineRun.of("policies", "fbc");

        assertThat(run.out()).startsWith("first_block_cache").contains("threshold", "Default: 0.05");
    }

    @Test
    void printsJsonWithEveryParameter() {
        JsonNode json = CommandLineRun.of("policies", "--format", "json").json();

        assertThat(json.path("policies")).hasSize(PolicyCatalogue.all().size());
        for (PolicyType type : PolicyCatalogue.all()) {
            JsonNode policy = json.path("policies").get(PolicyCatalogue.all().indexOf(type));
            assertThat(policy.path("name").asText()).isEqualTo(type.id());
            assertThat(policy.path("parameters")).hasSize(type.parameters().size());
            assertThat(policy.path("parameters")).allSatisfy(parameter -> {
                assertThat(parameter.path("meaning").asText()).isNotBlank();
                assertThat(parameter.path("expected").asText()).isNotBlank();
            });
        }
    }

    @Test
    void namesTheNearestForAnUnknownPolicy() {
        CommandLineRun run = CommandLineRun.of("policies", "first_blok_cache");

        assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(run.errorLines())
                .singleElement()
                .asString()
                .contains("unknown policy 'first_blok_cache'", "first_block_cache");
    }
}
