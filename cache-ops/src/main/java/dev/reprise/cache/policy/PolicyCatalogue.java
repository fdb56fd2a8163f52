package dev.reprise.cache.policy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.reuse.Catalogue;
import dev.reprise.graph.NearestNames;
import dev.reprise.graph.json.JsonFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;

/**
 * Every policy: ours, and those of {@link PolicyProvider}s. What the command line, reports and documentation say about policies comes
 * from here.
 */
public final class PolicyCatalogue {
    private static final Catalogue<PolicyType> ALL = Catalogue.of(
            "policy",
            List.of(
                    NoCache.TYPE,
                    PyramidAttentionBroadcast.TYPE,
                    FirstBlockCache.TYPE,
                    FasterCache.TYPE,
                    TaylorSeer.TYPE,
                    MagCache.TYPE,
                    TeaCache.TYPE,
                    DualBlockCache.TYPE,
                    EasyCache.TYPE,
                    SeaCache.TYPE,
                    DiCache.TYPE,
                    SenCache.TYPE,
                    FoCa.TYPE,
                    Spectrum.TYPE,
                    HiCache.TYPE,
                    OutputForecast.TYPE,
                    StepMask.TYPE,
                    DeepCache.TYPE,
                    ModuleSchedule.TYPE,
                    Combined.TYPE),
            ServiceLoader.load(PolicyProvider.class),
            PolicyProvider::policies,
            PolicyCatalogue::names);

    private PolicyCatalogue() {}

    private static List<String> names(PolicyType type) {
        List<String> names = new ArrayList<>(List.of(type.id()));
        names.addAll(type.aliases());
        return names;
    }

    /** @throws InvalidPolicyException when a provider cannot be used, or has a name that another policy has */
    public static List<PolicyType> all() {
        return ALL.all();
    }

    /** The provider that a policy comes from, and its jar, for people; empty for ours. */
    public static Optional<String> origin(PolicyType type) {
        return ALL.origin(type);
    }

    /** @throws InvalidPolicyException when there is no policy of this id or alias; names the nearest */
    public static PolicyType type(String name) {
        String wanted = name.toLowerCase(Locale.ROOT).replace('-', '_');
        List<String> names = new ArrayList<>();
        for (PolicyType type : all()) {
            if (names(type).contains(wanted)) {
                return type;
            }
            names.addAll(names(type));
        }
        throw new InvalidPolicyException(
                "unknown policy '" + name + "'; nearest: " + String.join(", ", NearestNames.of(wanted, names, 3)));
    }

    /** A policy from the JSON object of its parameters, as in recordings. */
    public static CachePolicy parse(String policy, JsonNode config) {
        return type(policy).builder().setAll(config).build();
    }

    /** A policy from plain values: numbers, strings, booleans, lists. */
    public static CachePolicy parse(String policy, Map<String, ?> config) {
        return parse(policy, JsonFile.mapper().<JsonNode>valueToTree(config));
    }

    /**
     * A policy from a file with {@code {"policy": …, "parameters": {…}}}, as {@code tune} and {@code freeze} write it.
     *
     * @throws InvalidPolicyException when it is none
     */
    public static CachePolicy load(Path file) throws IOException {
        JsonNode json;
        try {
            json = JsonFile.mapper().readTree(file.toFile());
        } catch (JsonProcessingException e) {
            throw new InvalidPolicyException(file + " must be a JSON object, found " + e.getOriginalMessage());
        }
        if (!json.path("policy").isTextual() || !json.path("parameters").isObject()) {
            throw new InvalidPolicyException(file + " must have \"policy\", a name, and \"parameters\", an object");
        }
        return parse(json.get("policy").textValue(), json.get("parameters"));
    }

    /** A policy from {@code name=value} strings. */
    public static CachePolicy parse(String policy, Collection<String> assignments) {
        PolicyBuilder builder = type(policy).builder();
        assignments.forEach(builder::set);
        return builder.build();
    }
}
