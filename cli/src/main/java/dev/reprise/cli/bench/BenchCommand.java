package dev.reprise.cli.bench;

import dev.reprise.cli.command.CommandException;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.cli.command.Screen;
import dev.reprise.cli.inputs.ModelOptions;
import dev.reprise.cli.inputs.ModelOptions.OpenModel;
import dev.reprise.cli.measure.Participant;
import dev.reprise.cli.measure.PeakMemory;
import dev.reprise.cli.measure.SideBySide;
import dev.reprise.cli.policies.PolicyOptions;
import dev.reprise.cli.text.Progress;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.OriginalModel;
import dev.reprise.runtime.api.Summary;
import dev.reprise.verify.run.InputSource;
import dev.reprise.verify.run.PolicyChoice;
import java.nio.file.Files;
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
            "All run in one process, step by step in turn. PREDICTED is the time of the cut model times the share of the"
                    + " multiply-adds that was computed. Peak memory is measured in separate processes."
        },
        footer = {
            "",
            "Examples:",
            "  reprise bench model.bundle",
            "  reprise bench model.bundle --steps 28 --policy fbc --set threshold=0.1 --policy taylorseer",
            "  reprise bench model.bundle --inputs recording --policy pab --format json"
        })
public final class BenchCommand implements Callable<Integer> {
    @Mixin
    private Screen screen = new Screen();

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private PolicyOptions policies = new PolicyOptions();

    @Option(
            names = "--original",
            paramLabel = "MODEL",
            description = "The file that the bundle was cut from. Default: where its weights are")
    private @Nullable Path original;

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
        Map<String, PolicyChoice> choices = new LinkedHashMap<>();
        policies.choices().forEach(choice -> choices.put(choice.label(), choice));
        BenchResult result = model.open(screen, (open, progress) -> measure(open, choices, progress));
        screen.show(() -> BenchJson.of(result), out -> BenchText.print(result, out));
        return ExitCode.OK;
    }

    private BenchResult measure(OpenModel open, Map<String, PolicyChoice> choices, Progress progress) {
        Path unsplit = unsplit(open.bundle(), open.manifest());
        InputSource source = model.source(open.manifest());
        List<Participant> participants = new ArrayList<>();
        Summary summary;
        try {
            if (unsplit != null) {
                participants.add(new Participant(BenchResult.ORIGINAL, OriginalModel.open(unsplit, open.settings())));
            }
            participants.add(new Participant(BenchResult.CUT, open.transformer().newGeneration()));
            for (PolicyChoice choice : choices.values()) {
                CachedTransformer generation = open.transformer().newGeneration();
                participants.add(new Participant(choice.label(), generation));
                generation.enableCache(choice.policy());
            }
            new SideBySide(source, progress).run(participants, rounds);
            summary = open.transformer().summary();
        } finally {
            participants.forEach(Participant::close);
        }
        Map<String, Long> peaks = Map.of();
        if (!noMemory) {
            progress.phase("measuring memory");
            peaks = peaks(open.bundle(), unsplit);
        }
        return BenchResult.of(model.model().toString(), summary, source.steps(), rounds, participants, choices, peaks);
    }

    /** The file that the bundle was cut from, null where it is not there any more. */
    private @Nullable Path unsplit(Path bundle, Manifest manifest) {
        if (original != null) {
            return OriginalFile.checked(original, manifest);
        }
        if (Files.isRegularFile(model.model())) {
            return model.model();
        }
        Optional<Path> found = OriginalFile.besideWeights(bundle, manifest);
        if (found.isEmpty()) {
            screen.warn("the original model is no longer at " + OriginalFile.place(bundle, manifest)
                    + "; say where it is with --original");
        }
        return found.orElse(null);
    }

    private Map<String, Long> peaks(Path bundle, @Nullable Path unsplit) {
        List<String> arguments = new ArrayList<>(List.of("measure-memory", bundle.toString()));
        arguments.addAll(model.inputs().arguments(3));
        arguments.addAll(model.provider().arguments());
        model.dimensions().forEach((name, value) -> {
            arguments.add("--dim");
            arguments.add(name + "=" + value);
        });
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
