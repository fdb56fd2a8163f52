package dev.reprise.cli.verify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.cli.CommandException;
import dev.reprise.cli.ExitCode;
import dev.reprise.cli.Screen;
import dev.reprise.cli.model.IdentifierOptions;
import dev.reprise.cli.model.OpenBundle;
import dev.reprise.cli.text.Json;
import dev.reprise.cli.text.Progress;
import dev.reprise.cli.text.Table;
import dev.reprise.cli.text.Units;
import dev.reprise.cli.text.Wrap;
import dev.reprise.cli.verify.ReplayResult.Status;
import dev.reprise.graph.recording.Recording;
import dev.reprise.graph.recording.RecordingDescription.RecordedPolicy;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.optimizer.api.UnsupportedModelException;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.SessionSettings;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code reprise verify}: the regression test of a model and its policies. */
@Command(
        name = "verify",
        description = {
            "Replay a recording: every output must be as recorded, and what was skipped there must not run.",
            "",
            "Every policy of the recording is replayed, and the run without one ('none'), unless some are named. A policy"
                    + " that this build or model cannot run is reported as unsupported: exit code 3 when it was named, or when"
                    + " nothing else was left to pass; otherwise it does not count."
        },
        footer = {
            "",
            "Examples:",
            "  reprise verify model.onnx --recording recording/",
            "  reprise verify model.bundle --recording recording/ --policy fbc --tolerance 1e-3",
            "  reprise verify model.onnx --recording recording/ --format json"
        })
public final class VerifyCommand implements Callable<Integer> {
    private static final int MISMATCHES_SHOWN = 3;

    @Mixin
    private Screen screen = new Screen();

    @Mixin
    private IdentifierOptions identifiers = new IdentifierOptions();

    @Parameters(paramLabel = "MODEL|BUNDLE", description = "An ONNX file, or a folder that 'optimize' wrote.")
    private Path model = Path.of("");

    @Option(
            names = "--recording",
            required = true,
            paramLabel = "DIR",
            description = "A folder with recording.json and recording.safetensors.")
    private Path directory = Path.of("");

    @Option(
            names = {"-p", "--policy"},
            paramLabel = "NAME",
            description = "A policy of the recording, by its name there or its kind; 'none' for the run without one.")
    private List<String> names = new ArrayList<>();

    @Option(
            names = "--tolerance",
            paramLabel = "T",
            defaultValue = "1e-4",
            description = "Largest error of a step, relative to its largest value. Default: ${DEFAULT-VALUE}")
    private double tolerance;

    @Override
    public Integer call() {
        if (!(tolerance >= 0) || Double.isInfinite(tolerance)) {
            throw CommandException.usage("--tolerance must be 0 or more, was " + tolerance);
        }
        List<ReplayResult> results = new ArrayList<>();
        List<String> differences;
        try (Progress progress = screen.progress()) {
            progress.phase("reading " + directory);
            Recording recording = Recording.read(directory);
            Map<String, RecordedPolicy> recorded = recording.description().policies();
            Set<String> chosen = chosen(recorded);
            progress.phase("cutting and loading " + model);
            try (OpenBundle bundle = open(recorded.values());
                    CachedTransformer loaded = CachedTransformer.open(bundle.path(), SessionSettings.cpu())) {
                differences = AttentionKinds.differences(loaded.manifest(), recording.description());
                Replay replay = new Replay(loaded, recording, tolerance);
                for (String name : chosen) {
                    progress.phase("replaying " + name + " (" + (results.size() + 1) + "/" + chosen.size() + ")");
                    RecordedPolicy policy = recorded.get(name);
                    results.add(policy == null ? replay.uncached() : replay.policy(name, policy));
                }
            }
        }
        print(results, differences);
        return conclude(results);
    }

    /** Names of recorded policies, in the recording's order. */
    private Set<String> chosen(Map<String, RecordedPolicy> recorded) {
        Set<String> all = new LinkedHashSet<>();
        all.add(Recording.UNCACHED);
        all.addAll(recorded.keySet());
        if (names.isEmpty()) {
            return all;
        }
        Set<String> chosen = new LinkedHashSet<>();
        for (String name : names) {
            if (all.contains(name)) {
                chosen.add(name);
                continue;
            }
            List<String> kin = recorded.entrySet().stream()
                    .filter(policy -> isKind(name, policy.getValue().policy()))
                    .map(Map.Entry::getKey)
                    .toList();
            if (kin.isEmpty()) {
                throw CommandException.usage(
                        "--policy must be one of the recording's " + all + " or their kind, was '" + name + "'");
            }
            chosen.addAll(kin);
        }
        return chosen;
    }

    private static boolean isKind(String name, String policy) {
        try {
            return PolicyCatalogue.type(name).id().equals(policy);
        } catch (InvalidPolicyException e) {
            return name.equals(policy);
        }
    }

    /** A model file is cut at the modules too that the recorded policies name, where it has them. */
    private OpenBundle open(Iterable<RecordedPolicy> policies) {
        CutOptions options = identifiers.cutOptions();
        if (Files.isDirectory(model)) {
            return OpenBundle.of(model, options);
        }
        Set<String> patterns = new LinkedHashSet<>();
        for (RecordedPolicy policy : policies) {
            for (String field : List.of("cache_identifiers", "skip_predict_identifiers")) {
                for (JsonNode identifier : policy.config().path(field)) {
                    patterns.add("(?:" + identifier.asText() + ")");
                }
            }
        }
        if (patterns.isEmpty()) {
            return OpenBundle.of(model, options);
        }
        List<String> modules = new ArrayList<>(options.modules());
        modules.add(String.join("|", patterns));
        try {
            return OpenBundle.of(model, options.withModules(modules));
        } catch (UnsupportedModelException e) {
            // No module has such a name: the policies will say so, the others can be replayed.
            return OpenBundle.of(model, options);
        }
    }

    private void print(List<ReplayResult> results, List<String> differences) {
        if (screen.json()) {
            screen.print(json(results, differences));
            return;
        }
        PrintWriter out = screen.out();
        Table table = new Table("POLICY", "KIND", "STATUS", ">LARGEST ERROR", ">AT STEP", ">MISMATCHES", ">COMPUTED");
        for (ReplayResult result : results) {
            boolean ran = result.ran();
            table.row(
                    result.name(),
                    result.policy().equals(result.name()) ? "" : result.policy(),
                    result.status().name().toLowerCase(Locale.ROOT),
                    ran ? Units.error(result.relativeError()) : "–",
                    ran ? Integer.toString(result.worstStep()) : "–",
                    ran ? Integer.toString(result.mismatches().size()) : "–",
                    ran ? Units.percent(result.computedShare()) : "–");
        }
        table.print(out, "");
        for (String difference : differences) {
            Wrap.print(out, "", "note: " + difference + "; replayed as recorded");
        }
        for (ReplayResult result : results) {
            if (!result.ran()) {
                Wrap.print(out, "", described(result));
            }
            if (!result.unjudged().isEmpty()) {
                Wrap.print(
                        out,
                        "",
                        result.name() + ": not judged, because this model has no such modules: "
                                + String.join(", ", result.unjudged()));
            }
            int shown = Math.min(MISMATCHES_SHOWN, result.mismatches().size());
            for (String mismatch : result.mismatches().subList(0, shown)) {
                Wrap.print(out, "", result.name() + ": " + mismatch);
            }
            if (result.mismatches().size() > shown) {
                out.println(result.name() + ": and " + (result.mismatches().size() - shown) + " more");
            }
        }
    }

    private ObjectNode json(List<ReplayResult> results, List<String> differences) {
        ObjectNode json = Json.object();
        json.put("model", model.toString());
        json.put("recording", directory.toString());
        json.put("tolerance", tolerance);
        json.set("attention_differences", Json.strings(differences));
        ArrayNode policies = json.putArray("policies");
        for (ReplayResult result : results) {
            ObjectNode policy = policies.addObject();
            policy.put("name", result.name());
            policy.put("policy", result.policy());
            policy.put("status", result.status().name().toLowerCase(Locale.ROOT));
            if (!result.ran()) {
                policy.put("reason", result.reason());
                continue;
            }
            policy.set("relative_error", Json.number(result.relativeError()));
            policy.put("worst_step", result.worstStep());
            policy.put("mismatched_decisions", result.mismatches().size());
            policy.set("mismatches", Json.strings(result.mismatches()));
            policy.set("not_judged", Json.strings(result.unjudged()));
            policy.put("computed_share", result.computedShare());
        }
        return json;
    }

    /** Drift is worse than what cannot be replayed; and what cannot be replayed never passes. */
    private int conclude(List<ReplayResult> results) {
        List<String> differ = names(results, Status.DIFFERS);
        if (!differ.isEmpty()) {
            throw CommandException.regression(differ.size() + " of " + results.size()
                    + " replays differ from the recording: " + String.join(", ", differ));
        }
        Optional<ReplayResult> failed = first(results, Status.FAILED);
        if (failed.isPresent()) {
            throw CommandException.failed(described(failed.get()));
        }
        Optional<ReplayResult> unsupported = first(results, Status.UNSUPPORTED);
        if (unsupported.isPresent() && (!names.isEmpty() || results.stream().noneMatch(ReplayResult::ran))) {
            throw CommandException.invalid(described(unsupported.get()));
        }
        return ExitCode.OK;
    }

    private static String described(ReplayResult result) {
        return result.name() + ": " + result.status().name().toLowerCase(Locale.ROOT) + ": " + result.reason();
    }

    private static Optional<ReplayResult> first(List<ReplayResult> results, Status status) {
        return results.stream().filter(result -> result.status() == status).findFirst();
    }

    private static List<String> names(List<ReplayResult> results, Status status) {
        return results.stream()
                .filter(result -> result.status() == status)
                .map(ReplayResult::name)
                .toList();
    }
}
