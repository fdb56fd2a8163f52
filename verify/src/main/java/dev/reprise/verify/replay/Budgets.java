package dev.reprise.verify.replay;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.json.JsonFile;
import dev.reprise.graph.recording.Recording;
import dev.reprise.verify.api.Budget;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The budgets of a recording's policies, from {@code reprise.yml} or {@code reprise.json} beside it:
 *
 * <pre>
 * all:
 *   max_error: 0.2
 * policies:
 *   fbc: {min_psnr: 30, max_computed: 0.7}
 * </pre>
 *
 * @param all limits of every policy
 * @param policies further limits by the policy's name in the recording; they win
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Budgets(@Nullable Budget all, @Nullable Map<String, Budget> policies) {
    private static final Budgets NONE = new Budgets(null, null);
    /** Two limits of one name, or two documents, contradict each other: JSON files are read as strictly. */
    private static final ObjectMapper YAML = new ObjectMapper(YAMLFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /**
     * Those beside a recording, none where there is no file.
     *
     * @param names the recording's policies
     * @throws InvalidModelException when the file is not valid, there are two files, or a budget is for no recorded policy
     */
    public static Budgets beside(Path recording, Set<String> names) {
        List<Path> files = Recording.BUDGETS.stream()
                .map(recording::resolve)
                .filter(Files::exists)
                .toList();
        if (files.size() > 1) {
            throw new InvalidModelException(recording + ": expected one of " + Recording.BUDGETS + ", found both");
        }
        return files.isEmpty() ? NONE : of(files.get(0), names);
    }

    /**
     * Those in a file.
     *
     * @param names the recording's policies
     * @throws InvalidModelException when the file is not valid, or a budget is for no recorded policy
     */
    public static Budgets of(Path file, Set<String> names) {
        Budgets budgets = read(file);
        Set<String> unknown = new TreeSet<>(budgets.policies == null ? Set.of() : budgets.policies.keySet());
        unknown.removeAll(names);
        if (!unknown.isEmpty()) {
            throw new InvalidModelException(
                    file + ": budgets are for policies of the recording " + names + ", found " + unknown);
        }
        return budgets;
    }

    private static Budgets read(Path file) {
        try {
            JsonNode tree = file.toString().endsWith(".json")
                    ? JsonFile.parse(file, JsonFile.content(file))
                    : YAML.readTree(JsonFile.content(file));
            if (tree == null || !tree.isObject()) {
                throw new InvalidModelException("expected an object with 'all' and 'policies'");
            }
            requireKnown(tree, Set.of("all", "policies"));
            requireLimits(tree.path("all"));
            tree.path("policies").forEach(Budgets::requireLimits);
            return JsonFile.record(tree, Budgets.class);
        } catch (InvalidModelException e) {
            String message = String.valueOf(e.getMessage());
            throw message.startsWith(file.toString()) ? e : new InvalidModelException(file + ": " + message, e);
        } catch (JsonProcessingException e) {
            throw new InvalidModelException(
                    file + ": not valid YAML: " + e.getOriginalMessage().replaceAll("\\s*\\R\\s*", " "), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void requireLimits(JsonNode budget) {
        requireKnown(budget, Set.of("min_psnr", "max_error", "max_computed", "min_speedup"));
        budget.properties().forEach(limit -> {
            if (limit.getValue().isNull()) {
                throw new InvalidModelException(
                        "field '" + limit.getKey() + "' must be a number, was null; leave it out for no limit");
            }
        });
    }

    /** A limit that is misspelt would be no limit. */
    private static void requireKnown(JsonNode object, Set<String> known) {
        object.fieldNames().forEachRemaining(name -> {
            if (!known.contains(name)) {
                throw new InvalidModelException("unknown field '" + name + "', expected " + new TreeSet<>(known));
            }
        });
    }

    /** The limits of a policy; those that were given for all win. */
    public Budget of(String policy, Budget limits) {
        Budget own = policies == null ? Budget.NONE : policies.getOrDefault(policy, Budget.NONE);
        return limits.or(own).or(all == null ? Budget.NONE : all);
    }
}
