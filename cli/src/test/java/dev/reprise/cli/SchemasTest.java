package dev.reprise.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.SpecificationVersion;
import dev.reprise.verify.text.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class SchemasTest {
    /** Every command that --help lists and that prints JSON. */
    static List<String> commands() {
        return new CommandLine(new Reprise())
                .getSubcommands().entrySet().stream()
                        .filter(command -> !command.getValue()
                                .getCommandSpec()
                                .usageMessage()
                                .hidden())
                        .filter(command -> command.getValue().getCommandSpec().findOption("--format") != null)
                        .map(Map.Entry::getKey)
                        .toList();
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyCommandHasAValidSchema(String command) throws IOException {
        JsonNode schema = Json.parse(Files.readString(Schemas.file(command)));

        assertThat(Schemas.schema(SpecificationVersion.DRAFT_2020_12.getDialectId())
                        .validate(schema))
                .isEmpty();
        assertThat(schema.path("required").toString()).contains("schema_version");
        assertThat(schema.path("additionalProperties").asBoolean(true)).isFalse();
    }

    @ParameterizedTest
    @MethodSource("commands")
    void namesAreSnakeCaseWithUnits(String command) throws IOException {
        JsonNode schema = Json.parse(Files.readString(Schemas.file(command)));

        assertThat(schema.findValues("properties"))
                .isNotEmpty()
                .allSatisfy(properties -> assertThat(properties.fieldNames())
                        .toIterable()
                        .allMatch(name -> name.matches("[a-z][a-z0-9]*(_[a-z0-9]+)*"))
                        .noneMatch(name -> name.matches(".*(nanos|millis|milliseconds|seconds|_mb|_kb)")));
    }

    @Test
    void aDocumentThatDiffersIsFound() {
        ObjectNode document =
                (ObjectNode) CommandLineRun.of("policies", "--format", "json").json();

        assertThat(Schemas.errors("policies", document.deepCopy().put("extra", 1)))
                .hasSize(1);
        assertThat(Schemas.errors("policies", document.deepCopy().put("schema_version", 2)))
                .hasSize(1);
        ((ObjectNode) document.at("/policies/0")).remove("summary");
        assertThat(Schemas.errors("policies", document))
                .singleElement()
                .asString()
                .contains("summary");
    }
}
