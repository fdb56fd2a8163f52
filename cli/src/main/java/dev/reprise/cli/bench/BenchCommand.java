package dev.reprise.cli.bench;

import dev.reprise.cli.command.CommandException;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.cli.command.Screen;
import dev.reprise.cli.inputs.ModelOptions;
import dev.reprise.cli.inputs.ModelOptions.OpenModel;
import dev.reprise.cli.measure.Participant;
import dev.reprise.cli.measure.PeakMemory;
import dev.reprise.cli.measure.SideBySide;
import dev.reprise.cli.model.NewFolder;
import dev.reprise.cli.model.OriginalOption;
import dev.reprise.cli.policies.PolicyOptions;
import dev.reprise.cli.text.Progress;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.OriginalModel;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Summary;
import dev.reprise.verify.run.InputSource;
import dev.reprise.verify.run.Original;
import dev.reprise.verify.run.PolicyChoice;
import dev.reprise.verify.text.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code reprise bench}: the unsplit model, the cut one, and each policy, step by step in turn. */
@Command(
        name = "bench",
        description = {
            "Measure step times and memory: the original model, the cut one without a policy, and with each policy.",
            "",
            "A speedup is over the original model in a plain session with default options and the same threads. All"
                    + " run in one process, step by step in turn. PREDICTED is the time of the cut model times the share"
                    + " of the multiply-adds that was computed. Peak memory is measured in separate processes."
                    + " No generation takes what another one computed of the prompt or the timestep alone, as"
                    + " generations of an application do; what that saves is measured apart, in the first step of a"
                    + " generation that repeats another one's prompt."
        },
        footer = {
            "",
            "Examples:",
            "  reprise bench model.bundle",
            "  reprise bench model.bundle --steps 28 --policy fbc --set threshold=0.1 --policy taylorseer",
            "  reprise bench model.bundle --inputs recording --policy pab --format json > baseline.json",
            "  reprise bench model.bundle --inputs recording --policy pab --baseline baseline.json --fail-below 0.95"
        })
public final class BenchCommand implements Callable<Integer> {
    @Mixin
    private Screen screen = new Screen();

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private PolicyOptions policies = new PolicyOptions();

    @Mixin
    private OriginalOption original = new OriginalOption();

    @Mixin
    private BaselineOptions baseline = new BaselineOptions();

    @Option(
            names = "--jmh",
            paramLabel = "FILE",
            description = "Write the times of all rounds as JMH writes its JSON, too: mean step of a round in ms/op.")
    private @Nullable Path jmh;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "5",
            description = "Generations that are measured. Default: ${DEFAULT-VALUE}")
    private int rounds;

    @Option(names = "--no-memory", description = "Do not measure memory.")
    private boolean noMemory;

    @Override
    public Integer call() {
        if (rounds < 1 || rounds > 10_000) {
            throw CommandException.usage("--rounds must be in [1, 10000], was " + rounds);
        }
        baseline.check(rounds);
        Path report = jmh;
        if (report != null) {
            NewFolder.requireParent(report);
        }
        Map<String, PolicyChoice> choices = new LinkedHashMap<>();
        policies.choices().forEach(choice -> choices.put(choice.label(), choice));
        // For the repeated prompt; everything else is measured in isolated generations.
        SessionSettings settings = model.settings(screen).withSharedCacheBudget(Long.MAX_VALUE);
        BenchResult result = model.open(settings, screen, (open, progress) -> measure(open, choices, progress));
        List<Comparison> compared = baseline.compare(result);
        if (report != null) {
            NewFolder.write(report, Json.pretty(JmhReport.of(result)) + "\n");
        }
        screen.show(() -> BenchJson.of(result, compared), out -> BenchText.print(result, compared, out));
        baseline.requireKept(compared);
        return ExitCode.OK;
    }

    private BenchResult measure(OpenModel open, Map<String, PolicyChoice> choices, Progress progress) {
        Path unsplit;
        try (Original found = open.original(model.model(), original.file())) {
            unsplit = found.file().orElse(null);
            if (unsplit == null) {
                screen.warn(found.missing());
            }
        }
        InputSource source = model.source(open.manifest());
        List<Participant> participants = new ArrayList<>();
        Summary summary;
        Optional<RepeatedPrompt> repeated;
        try {
            if (unsplit != null) {
                participants.add(
                        new Participant(BenchResult.ORIGINAL, OriginalModel.openPlain(unsplit, open.settings())));
            }
            participants.add(new Participant(BenchResult.CUT, open.transformer().newIsolatedGeneration()));
            for (PolicyChoice choice : choices.values()) {
                CachedTransformer generation = open.transformer().newIsolatedGeneration();
                participants.add(new Participant(choice.label(), generation));
                generation.enableCache(choice.policy());
            }
            new SideBySide(source, progress).run(participants, rounds);
            summary = open.transformer().summary();
            progress.phase("measuring a repeated prompt");
            repeated = RepeatedPrompt.measure(open.transformer(), source, rounds);
        } finally {
            participants.forEach(Participant::close);
        }
        Map<String, Long> peaks = Map.of();
        if (!noMemory) {
            progress.phase("measuring memory");
            peaks = peaks(open.bundle(), unsplit);
        }
        return BenchResult.of(
                model.model().toString(),
                open.manifest().provenance().sourceHash(),
                summary,
                source.steps(),
                rounds,
                participants,
                choices,
                peaks,
                repeated);
    }

    private Map<String, Long> peaks(Path bundle, @Nullable Path unsplit) {
        List<String> arguments = new ArrayList<>(List.of("measure-memory", bundle.toString()));
        arguments.addAll(model.inputs().arguments(3));
        arguments.addAll(model.runArguments());
        if (model.inputs().areGenerated()) {
            model.dimensions().forEach((name, value) -> {
                arguments.add("--dim");
                arguments.add(name + "=" + value);
            });
        }
        Map<String, Long> peaks = new LinkedHashMap<>();
        if (unsplit != null) {
            List<String> whole = new ArrayList<>(arguments);
            whole.add("--original");
            whole.add(unsplit.toString());
            PeakMemory.ofCommand(whole).ifPresent(bytes -> peaks.put(BenchResult.ORIGINAL, bytes));
        }
        PeakMemory.ofCommand(arguments).ifPresent(bytes -> peaks.put(BenchResult.CUT, bytes));
        return peaks;
    }
}
