package dev.reprise.cli.verify;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.base.Suppliers;
import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.cli.command.CommandException;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.cli.command.Screen;
import dev.reprise.cli.fingerprint.Fingerprints;
import dev.reprise.cli.model.IdentifierOptions;
import dev.reprise.cli.model.OpenBundle;
import dev.reprise.cli.model.ProviderOptions;
import dev.reprise.cli.report.GateReport;
import dev.reprise.cli.report.GithubAnnotations;
import dev.reprise.cli.text.Progress;
import dev.reprise.graph.recording.ModelFingerprint;
import dev.reprise.graph.recording.Origin;
import dev.reprise.graph.recording.Recording;
import dev.reprise.graph.recording.RecordingDescription.RecordedPolicy;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.optimizer.api.UnsupportedModelException;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.SessionSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code reprise verify}: the regression test of a model and its policies. */
@Command(
        name = "verify",
        description = {
            "Replay a recording on a model, and fail when outputs or decisions differ.",
            "",
            "Replays the run without a policy ('none') and every recorded policy, or those that --policy names. Verdicts:"
                    + " SAME-BITS; WITHIN (outputs within --tolerance, the recorded decisions); DRIFT (an output or a decision"
                    + " is another); BROKEN (it broke off, or is not finite). With the recording's fingerprint it says what"
                    + " changed, and the first step and module that went another way. A policy that this"
                    + " version or this model does not support is reported as unsupported. That ends with exit code 3 when"
                    + " --policy named it, or when nothing else ran; otherwise it is ignored."
        },
        footer = {
            "",
            "Examples:",
            "  reprise verify model.onnx --recording recording/ --strict",
            "  reprise verify model.bundle --recording recording/ --policy fbc --tolerance 1e-3",
            "  reprise verify model.onnx --recording a/ --recording b/ --min-psnr 30 --max-computed 0.7",
            "  reprise verify model.onnx --recording recording/ --junit verify.xml --html verify.html",
            "  reprise verify model.onnx --recording recording/ --format json"
        })
public final class VerifyCommand implements Callable<Integer> {
    @Mixin
    private Screen screen = new Screen();

    @Mixin
    private ProviderOptions provider = new ProviderOptions();

    @Mixin
    private IdentifierOptions identifiers = new IdentifierOptions();

    @Mixin
    private BudgetOptions budget = new BudgetOptions();

    @Mixin
    private ReportOptions reports = new ReportOptions();

    @Parameters(paramLabel = "MODEL|BUNDLE", description = "An ONNX file, or a folder that 'optimize' wrote.")
    private Path model = Path.of("");

    @Option(
            names = "--recording",
            required = true,
            paramLabel = "DIR",
            description = "A folder with recording.json and recording.safetensors; repeatable.")
    private List<Path> directories = new ArrayList<>();

    @Option(
            names = {"-p", "--policy"},
            paramLabel = "NAME",
            description = "A recorded policy, by its name in the recording or its kind; 'none' is the run without one;"
                    + " repeatable.")
    private List<String> names = new ArrayList<>();

    @Option(
            names = "--tolerance",
            paramLabel = "T",
            defaultValue = "1e-4",
            description = "Largest error of a step, relative to its largest value. Default: ${DEFAULT-VALUE}")
    private double tolerance;

    @Option(
            names = "--strict",
            description =
                    "Fail when a policy reused nothing: it is vacuous, and tests no more than the run without one.")
    private boolean strict;

    @Override
    public Integer call() {
        if (!(tolerance >= 0) || Double.isInfinite(tolerance)) {
            throw CommandException.usage("--tolerance must be 0 or more, was " + tolerance);
        }
        SessionSettings settings = provider.settings(screen);
        Conclusion conclusion;
        GateReport report;
        try (Progress progress = screen.progress()) {
            List<Recording> recordings = new ArrayList<>();
            for (Path directory : directories) {
                progress.phase("reading " + directory);
                recordings.add(Recording.read(directory));
            }
            List<Set<String>> chosen = chosen(recordings);
            progress.phase("loading " + model);
            try (OpenBundle bundle = open(recordings);
                    CachedTransformer loaded = CachedTransformer.open(bundle.path(), settings)) {
                Supplier<ModelFingerprint> fingerprint = Suppliers.memoize(() -> Fingerprints.model(bundle.path()));
                List<Verification> verifications = new ArrayList<>();
                for (int i = 0; i < recordings.size(); i++) {
                    verifications.add(verify(
                            recordings.get(i), chosen.get(i), loaded, bundle.path(), fingerprint, settings, progress));
                }
                conclusion = new Conclusion(verifications, !names.isEmpty(), strict);
                Origin now = Fingerprints.origin(settings, String.valueOf(model.getFileName()), "");
                report = GateReports.of(conclusion, loaded.manifest(), now);
            }
        }
        conclude(conclusion, report);
        return ExitCode.OK;
    }

    /** The verdict comes first, whatever happens to its reports. */
    private void conclude(Conclusion conclusion, GateReport report) {
        List<Verification> verifications = conclusion.verifications();
        screen.show(() -> VerificationJson.of(verifications), out -> VerificationText.print(verifications, out));
        List<String> problems = reports.write(report);
        if ("true".equals(System.getenv("GITHUB_ACTIONS"))) {
            GithubAnnotations.lines(report).forEach(screen.err()::println);
        }
        try {
            conclusion.requirePassed();
        } catch (CommandException e) {
            problems.forEach(screen.err()::println);
            throw e;
        }
        if (!problems.isEmpty()) {
            throw CommandException.failed(String.join("; ", problems));
        }
    }

    private Verification verify(
            Recording recording,
            Set<String> chosen,
            CachedTransformer loaded,
            Path bundle,
            Supplier<ModelFingerprint> fingerprint,
            SessionSettings settings,
            Progress progress) {
        Replay replay = new Replay(loaded, recording, tolerance, budget.budget());
        Map<String, RecordedPolicy> recorded = recording.description().policies();
        List<ReplayResult> results = new ArrayList<>();
        for (String name : chosen) {
            progress.phase("replaying " + name + " (" + (results.size() + 1) + "/" + chosen.size() + ")");
            results.add(replay.run(name, recorded.get(name)));
        }
        return new Verification(
                model,
                recording.directory(),
                tolerance,
                AttentionKinds.differences(loaded.manifest(), recording.description()),
                results,
                new CauseFinder(recording, loaded, bundle, fingerprint, settings, tolerance)
                        .find(results, replay.source()));
    }

    /**
     * Names of the policies to replay of each recording. Those that {@code --policy} names must be in one of them.
     *
     * @throws CommandException when a name is in none
     */
    private List<Set<String>> chosen(List<Recording> recordings) {
        List<Set<String>> chosen = new ArrayList<>();
        Set<String> found = new LinkedHashSet<>();
        Set<String> all = new LinkedHashSet<>();
        for (Recording recording : recordings) {
            Map<String, RecordedPolicy> recorded = recording.description().policies();
            all.add(Recording.UNCACHED);
            all.addAll(recorded.keySet());
            chosen.add(chosen(recorded, found));
        }
        for (String name : names) {
            if (!found.contains(name)) {
                throw CommandException.usage(
                        "--policy must be one of the recording's " + all + " or their kind, was '" + name + "'");
            }
        }
        return chosen;
    }

    /** Names of recorded policies, in the recording's order; the names on the command line that mean one go to {@code found}. */
    private Set<String> chosen(Map<String, RecordedPolicy> recorded, Set<String> found) {
        Set<String> all = new LinkedHashSet<>();
        all.add(Recording.UNCACHED);
        all.addAll(recorded.keySet());
        if (names.isEmpty()) {
            return all;
        }
        Set<String> chosen = new LinkedHashSet<>();
        for (String name : names) {
            List<String> meant = all.contains(name)
                    ? List.of(name)
                    : recorded.entrySet().stream()
                            .filter(policy -> isKind(name, policy.getValue().policy()))
                            .map(Map.Entry::getKey)
                            .toList();
            if (!meant.isEmpty()) {
                found.add(name);
                chosen.addAll(meant);
            }
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
    private OpenBundle open(List<Recording> recordings) {
        CutOptions options = identifiers.cutOptions();
        if (Files.isDirectory(model)) {
            return OpenBundle.of(model, options);
        }
        Set<String> patterns = new LinkedHashSet<>();
        List<RecordedPolicy> policies = recordings.stream()
                .flatMap(recording -> recording.description().policies().values().stream())
                .toList();
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
}
