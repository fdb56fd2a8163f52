package dev.reprise.cli.policies;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.cli.ExitCode;
import dev.reprise.cli.Screen;
import dev.reprise.cli.text.Json;
import dev.reprise.cli.text.Wrap;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code reprise policies}: the catalogue, straight from the code. */
@Command(
        name = "policies",
        description = "List the cache policies, or show one with all its parameters.",
        footer = {
            "",
            "Examples:",
            "  reprise policies",
            "  reprise policies first_block_cache",
            "  reprise policies --format json"
        })
public final class PoliciesCommand implements Callable<Integer> {
    @Mixin
    private Screen screen = new Screen();

    @Parameters(arity = "0..1", paramLabel = "NAME", description = "A policy's name or alias. Default: all of them")
    private @Nullable String name;

    @Override
    public Integer call() {
        List<PolicyType> types = name == null ? PolicyCatalogue.all() : List.of(PolicyCatalogue.type(name));
        if (screen.json()) {
            print(types);
        } else if (name == null) {
            list(types);
        } else {
            show(types.get(0));
        }
        return ExitCode.OK;
    }

    private void list(List<PolicyType> types) {
        for (PolicyType type : types) {
            screen.out().println(title(type));
            Wrap.print(screen.out(), "    ", type.summary());
        }
        screen.out().println();
        screen.out().println("'reprise policies NAME' shows the parameters of one.");
    }

    private static String title(PolicyType type) {
        return type.aliases().isEmpty() ? type.id() : type.id() + "  (" + String.join(", ", type.aliases()) + ")";
    }

    private void show(PolicyType type) {
        PrintWriter out = screen.out();
        out.println(title(type));
        Wrap.print(out, "  ", type.summary());
        if (!type.source().isEmpty()) {
            Wrap.print(out, "  ", "Source: " + type.source());
        }
        for (Parameter<?> parameter : type.parameters()) {
            out.println();
            out.println("  " + parameter.name()
                    + (parameter.aliases().isEmpty() ? "" : "  (" + String.join(", ", parameter.aliases()) + ")"));
            Wrap.print(out, "      ", parameter.meaning());
            Wrap.print(
                    out,
                    "      ",
                    "Value: " + parameter.type().expected() + unit(parameter) + ". Default: " + defaultText(parameter));
        }
        if (type.parameters().isEmpty()) {
            out.println("  It has no parameters.");
        }
    }

    private static String unit(Parameter<?> parameter) {
        return (parameter.unit().isEmpty() ? "" : " (" + parameter.unit() + ")")
                + (parameter.optional() ? ", or unset" : "");
    }

    private static String defaultText(Parameter<?> parameter) {
        Object value = parameter.plainDefault();
        return value == null ? "unset" : Json.of(value).toString();
    }

    private void print(List<PolicyType> types) {
        ArrayNode policies = Json.array();
        for (PolicyType type : types) {
            ObjectNode policy = policies.addObject();
            policy.put("name", type.id());
            policy.set("aliases", Json.strings(type.aliases()));
            policy.put("summary", type.summary());
            policy.put("source", type.source());
            ArrayNode parameters = policy.putArray("parameters");
            for (Parameter<?> parameter : type.parameters()) {
                ObjectNode node = parameters.addObject();
                node.put("name", parameter.name());
                node.set("aliases", Json.strings(parameter.aliases()));
                node.put("expected", parameter.type().expected());
                node.put("unit", parameter.unit());
                node.put("optional", parameter.optional());
                node.set("default", Json.of(parameter.plainDefault()));
                node.put("meaning", parameter.meaning());
            }
        }
        ObjectNode json = Json.object();
        json.set("policies", policies);
        screen.print(json);
    }
}
