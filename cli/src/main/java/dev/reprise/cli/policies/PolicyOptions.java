package dev.reprise.cli.policies;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cache.policy.PolicyCatalogue;
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
import java.util.Stack;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Choosing policies: {@code --policy NAME --set name=value --policy NAME --policy-config FILE …}. */
public final class PolicyOptions {
    private static final long LARGEST_CONFIG = 16 << 20;

    private static final String POLICY = "--policy";
    private static final String CONFIG = "--policy-config";
    private static final String SET = "--set";

    // Never filled: Occurrences keeps what is given in its order, which tells the policy that a parameter belongs to.
    @Option(
            names = {"-p", POLICY},
            paramLabel = "NAME[=JSON]",
            parameterConsumer = Occurrences.class,
            description = "A policy, by name or alias ('reprise policies' lists them); again for another one.")
    List<String> policies = new ArrayList<>();

    @Option(
            names = CONFIG,
            paramLabel = "FILE|JSON",
            parameterConsumer = Occurrences.class,
            description = "Parameters of the policy before it, as a JSON object.")
    List<String> configs = new ArrayList<>();

    @Option(
            names = SET,
            paramLabel = "NAME=VALUE",
            parameterConsumer = Occurrences.class,
            description = "A parameter of the policy before it; again for another one.")
    List<String> assignments = new ArrayList<>();

    private final List<Choice> choices = new ArrayList<>();

    private static final class Choice {
        private final String name;
        private final List<String> assignments = new ArrayList<>();
        private @Nullable String config;

        Choice(String name) {
            this.name = name;
        }
    }

    /** Puts every occurrence of the options behind the policy before it. */
    static final class Occurrences implements IParameterConsumer {
        @Override
        public void consumeParameters(Stack<String> arguments, ArgSpec argument, CommandSpec command) {
            String option = ((OptionSpec) argument).longestName();
            if (arguments.isEmpty()) {
                throw new ParameterException(
                        command.commandLine(),
                        "Missing required parameter for option '" + option + "' (" + argument.paramLabel() + ")");
            }
            String value = arguments.pop();
            List<Choice> choices = owner(argument).choices;
            if (option.equals(POLICY)) {
                choices.add(new Choice(value));
                return;
            }
            if (choices.isEmpty()) {
                throw new ParameterException(command.commandLine(), option + " must follow the --policy it belongs to");
            }
            Choice choice = choices.get(choices.size() - 1);
            if (option.equals(SET)) {
                choice.assignments.add(value);
            } else if (choice.config == null) {
                choice.config = value;
            } else {
                throw new ParameterException(
                        command.commandLine(), "expected one " + option + " for policy " + choice.name + ", found two");
            }
        }
    }

    private static PolicyOptions owner(ArgSpec argument) {
        try {
            return (PolicyOptions) argument.scope().get();
        } catch (Exception e) {
            throw new IllegalStateException("picocli keeps the object that an option belongs to", e);
        }
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

    private static PolicyChoice parse(String label, Choice choice) {
        JsonNode config = Json.object();
        int equals = choice.name.indexOf('=');
        if (equals >= 0) {
            config = object(choice.name.substring(equals + 1), name(choice.name), "--policy " + name(choice.name));
        }
        if (choice.config != null) {
            config = object(read(choice.config), name(choice.name), "--policy-config");
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

    /** The object itself, or the parameters of a {@code {"policy": …, "parameters": {…}}}, as commands write it. */
    private static JsonNode object(String json, String policy, String where) {
        JsonNode node;
        try {
            node = Json.parse(json);
        } catch (JsonProcessingException e) {
            throw CommandException.usage(where + " must be a JSON object, found " + e.getOriginalMessage());
        }
        if (!node.isObject()) {
            throw CommandException.usage(where + " must be a JSON object, was " + node);
        }
        if (!node.path("policy").isTextual() || !node.path("parameters").isObject()) {
            return node;
        }
        String named = node.path("policy").textValue();
        if (!PolicyCatalogue.type(named).equals(PolicyCatalogue.type(policy))) {
            throw CommandException.usage(where + " must be for policy " + policy + ", was for " + named);
        }
        return node.path("parameters");
    }
}
