package dev.reprise.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The description of the GitHub action is as GitHub's documentation wants it, and workflows that documents print call it so. */
class ActionMetadataTest {
    private static final Path ROOT = Path.of("..");
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

    /** What an expression of a composite action may ask for: no secrets, no variables, no needs. */
    private static final Set<String> CONTEXTS =
            Set.of("inputs", "github", "env", "runner", "steps", "job", "strategy", "matrix");

    private static String action() throws IOException {
        return Files.readString(ROOT.resolve("action/action.yml"));
    }

    private static List<Error> errors(String yaml) throws IOException {
        try (InputStream schema =
                Objects.requireNonNull(ActionMetadataTest.class.getResourceAsStream("action/action.schema.json"))) {
            return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                    .getSchema(new String(schema.readAllBytes(), StandardCharsets.UTF_8), InputFormat.JSON)
                    .validate(YAML.readTree(yaml).toString(), InputFormat.JSON);
        }
    }

    @Test
    void itIsAsTheSchemaSays() throws IOException {
        assertThat(errors(action())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "description: Replays | descripton: Replays",
                "using: composite | using: node20",
                "required: true | required: maybe",
                "default: \"false\" | default: false",
                "shell: bash | shel: bash",
                "actions/setup-java@v4 | actions/setup-java",
                "uses: actions/upload-artifact@v4 | run: echo",
                "java-version: | java version:",
            })
    void theSchemaSeesMistakes(String right, String wrong) throws IOException {
        String mistaken = action().replaceFirst(Pattern.quote(right), wrong);

        assertThat(mistaken).isNotEqualTo(action());
        assertThat(errors(mistaken)).isNotEmpty();
    }

    @Test
    void expressionsAskForWhatThereIs() throws IOException {
        Matcher expressions = Pattern.compile("\\$\\{\\{(.*?)}}|(?m)if: (.*)$").matcher(action());
        Set<String> contexts = new TreeSet<>();
        while (expressions.find()) {
            Matcher names = Pattern.compile("\\b([a-z]+)\\.[a-z]")
                    .matcher(expressions.group().replaceAll("'[^']*'", ""));
            while (names.find()) {
                contexts.add(names.group(1));
            }
        }

        assertThat(contexts).contains("inputs");
        assertThat(CONTEXTS).containsAll(contexts);
    }

    /** A workflow in a document gives the inputs that the action declares, and all that it requires. */
    @Test
    void workflowsOfTheDocumentsCallItAsItIs() throws IOException {
        JsonNode inputs = YAML.readTree(action()).path("inputs");
        Set<String> required = new TreeSet<>();
        inputs.properties().forEach(input -> {
            if (input.getValue().path("required").asBoolean()) {
                required.add(input.getKey());
            }
        });
        List<JsonNode> calls = new ArrayList<>();
        Matcher blocks =
                Pattern.compile("(?s)```yaml\n(.*?)```").matcher(Files.readString(ROOT.resolve("docs/recordings.md")));
        while (blocks.find()) {
            for (JsonNode step : YAML.readTree(blocks.group(1)).at("/jobs/verify/steps")) {
                if (step.path("uses").asText().contains("/action@")) {
                    calls.add(step.path("with"));
                }
            }
        }

        assertThat(calls).isNotEmpty().allSatisfy(call -> {
            Set<String> given = new TreeSet<>();
            call.fieldNames().forEachRemaining(given::add);
            assertThat(given).containsAll(required);
            assertThat(given).allMatch(inputs::has);
        });
    }
}
