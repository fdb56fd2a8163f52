package dev.reprise.cli.policies;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cache.forecast.Forecastings;
import dev.reprise.cache.indicator.Indicators;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.cache.span.Spans;
import dev.reprise.verify.text.Json;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Policies, their parameters and the parts that they are put together from, for machines. */
public final class CatalogueJson {
    private CatalogueJson() {}

    /** {@code docs/schema/policies.schema.json}. */
    public static ObjectNode of(List<PolicyType> types) {
        ObjectNode json = Json.document();
        ArrayNode policies = json.putArray("policies");
        for (PolicyType type : types) {
            ObjectNode policy = policies.addObject();
            policy.put("name", type.id());
            policy.set("aliases", Json.strings(type.aliases()));
            policy.put("summary", type.summary());
            policy.put("source", type.source());
            PolicyCatalogue.origin(type).ifPresent(origin -> policy.put("provider", origin));
            ArrayNode parameters = policy.putArray("parameters");
            type.parameters().forEach(parameter -> parameters.add(json(parameter)));
        }
        ObjectNode parts = json.putObject("parts");
        parts.set("when", parts(Indicators.all(), Indicators::origin));
        parts.set("what", parts(Forecastings.all(), Forecastings::origin));
        parts.set("where", parts(Spans.all(), Spans::origin));
        return json;
    }

    private static <T> ArrayNode parts(List<PartType<T>> types, Function<PartType<T>, Optional<String>> origins) {
        ArrayNode json = Json.array();
        for (PartType<T> type : types) {
            ObjectNode part = json.addObject();
            part.put("name", type.id());
            part.put("summary", type.summary());
            part.put("source", type.source());
            origins.apply(type).ifPresent(origin -> part.put("provider", origin));
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
        json.set("choices", Json.strings(parameter.type().choices()));
        json.put("unit", parameter.unit());
        json.put("optional", parameter.optional());
        json.set("default", Json.of(parameter.plainDefault()));
        json.put("meaning", parameter.meaning());
        return json;
    }
}
