package dev.reprise.cli.policies;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cli.CommandException;
import dev.reprise.cli.text.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Choosing policies: {@code --policy NAME --set name=value --policy NAME --policy-config FILE …}. */
public final class PolicyOptions {
    private static final long LARGEST_CONFIG = 16 << 20;

    @ArgGroup(exclusive = false, multiplicity = "0..*", heading = "Policies ('reprise policies' lists them):%n")
    private List<Choice> choices = new ArrayList<>();

    private static final class Choice {
        @Option(
                names = {"-p", "--policy"},
                required = true,
                paramLabel = "NAME[=JSON]",
                description = "A policy, by name or alias; again for another one.")
        private String name = "";

        @Option(
                names = "--policy-config",
                paramLabel = "FILE|JSON",
                description = "Parameters of the policy before it, as a JSON object.")
        private @Nullable String config;

        @Option(
                names = "--set",
                paramLabel = "NAME=VALUE",
                description = "A parameter of the policy before it; again for another one.")
        private List<String> assignments = new ArrayList<>();
    }

    /** Every policy chosen, in order; empty when none was. Labels are unique. */
    public List<PolicyChoice> choices() {
        List<PolicyChoice> parsed = new ArrayList<>();
        Set<String> labels = new HashSet<>();
        for (Choice choice : choices) {
            String label = name(choice.name);
            int number = 2;
            while (!labels.add(label)) {
                label = name(choice.name) + "_" + number++;
            }
            parsed.add(parse(label, choice));
        }
        return parsed;
    }

    /** The names as they were given, for commands that know policies by other names than the catalogue's. */
    public List<String> names() {
        return choices.stream().map(choice -> choice.name).toList();
    }

    private static PolicyChoice parse(String label, Choice choice) {
        JsonNode config = Json.object();
        int equals = choice.name.indexOf('=');
        if (equals >= 0) {
            config = object(choice.name.substring(equals + 1), "--policy " + name(choice.name));
        }
        if (choice.config != null) {
            config = object(read(choice.config), "--policy-config");
        }
        return PolicyChoice.of(label, name(choice.name), config, choice.assignments);
    }

    private static String name(String option) {
        int equals = option.indexOf('=');
        return equals < 0 ? option : option.substring(0, equals);
    }

    private static String read(String fileOrJson) {
        if (fileOrJson.strip().startsWith("{")) {
            return fileOrJson;
        }
        Path file;
        try {
            file = Path.of(fileOrJson);
        } catch (InvalidPathException e) {
            throw CommandException.usage("--policy-config must be a file or a JSON object, was '" + fileOrJson + "'");
        }
        if (!Files.isRegularFile(file)) {
            throw CommandException.usage(
                    "--policy-config must be a file or a JSON object, found no file '" + fileOrJson + "'");
        }
        try {
            if (Files.size(file) > LARGEST_CONFIG) {
                throw CommandException.usage(fileOrJson + ": a policy's parameters must be at most "
                        + (LARGEST_CONFIG >> 20) + " MiB, found " + Files.size(file) + " bytes");
            }
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The object itself, or what it says under {@code config}: what freeze and calibrate write names the policy beside it. */
    private static JsonNode object(String json, String where) {
        JsonNode node;
        try {
            node = Json.parse(json);
        } catch (JsonProcessingException e) {
            throw CommandException.usage(where + " must be a JSON object, found " + e.getOriginalMessage());
        }
        if (!node.isObject()) {
            throw CommandException.usage(where + " must be a JSON object, was " + node);
        }
        return node.path("policy").isTextual() && node.path("config").isObject() ? node.path("config") : node;
    }
}
