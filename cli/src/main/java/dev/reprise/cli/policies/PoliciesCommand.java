package dev.reprise.cli.policies;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cache.forecast.Forecastings;
import dev.reprise.cache.indicator.Indicators;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.policy.Combined;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.cache.span.Spans;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.cli.command.Screen;
import dev.reprise.verify.text.Json;
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
            "  reprise policies combined          # and the parts that it is put together from",
            "  reprise policies --format json"
        })
public final class PoliciesCommand implements Callable<Integer> {
    @Mixin
    private Screen screen = new Screen();

    @Parameters(
            arity = "0..1",
            paramLabel = "NAME",
            completionCandidates = PolicyNames.class,
            description = "A policy's name or alias. Default: all of them")
    private @Nullable String name;

    @Override
    public Integer call() {
        List<PolicyType> types = name == null ? PolicyCatalogue.all() : List.of(PolicyCatalogue.type(name));
        screen.show(() -> json(types), out -> {
            if (name == null) {
                CatalogueText.list(types, out);
            } else {
                CatalogueText.show(types.get(0), out);
                if (types.get(0).equals(Combined.TYPE)) {
                    CatalogueText.parts(out);
                }
            }
        });
        return ExitCode.OK;
    }

    /** {@code docs/schema/policies.schema.json}. */
    private static ObjectNode json(List<PolicyType> types) {
        ObjectNode json = Json.document();
        ArrayNode policies = json.putArray("policies");
        for (PolicyType type : types) {
            ObjectNode policy = policies.addObject();
            policy.put("name", type.id());
            policy.set("aliases", Json.strings(type.aliases()));
            policy.put("summary", type.summary());
            policy.put("source", type.source());
            ArrayNode parameters = policy.putArray("parameters");
            type.parameters().forEach(parameter -> parameters.add(json(parameter)));
        }
        ObjectNode parts = json.putObject("parts");
        parts.set("when", parts(Indicators.all()));
        parts.set("what", parts(Forecastings.all()));
        parts.set("where", parts(Spans.all()));
        return json;
    }

    private static <T> ArrayNode parts(List<PartType<T>> types) {
        ArrayNode json = Json.array();
        for (PartType<T> type : types) {
            ObjectNode part = json.addObject();
            part.put("name", type.id());
            part.put("summary", type.summary());
            part.put("source", type.source());
            ArrayNode parameters = part.putArray("parameters");
            type.parameters().forEach(parameter -> parameters.add(json(parameter)));
        }
        return json;
    }

    private static ObjectNode json(Parameter<?> parameter) {
        ObjectNode json = Json.object();
        json.put("name", parameter.name());
        json.set("aliases", Json.strings(parameter.aliases()));
        json.put("expected", parameter.type().expected());
        json.put("unit", parameter.unit());
        json.put("optional", parameter.optional());
        json.set("default", Json.of(parameter.plainDefault()));
        json.put("meaning", parameter.meaning());
        return json;
    }
}
