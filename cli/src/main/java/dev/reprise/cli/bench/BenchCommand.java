package dev.reprise.cli.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cli.CommandException;
import dev.reprise.cli.ExitCode;
import dev.reprise.cli.Screen;
import dev.reprise.cli.bench.Participant.StepKind;
import dev.reprise.cli.inputs.InputOptions;
import dev.reprise.cli.inputs.InputSource;
import dev.reprise.cli.model.IdentifierOptions;
import dev.reprise.cli.model.OpenBundle;
import dev.reprise.cli.policies.PolicyChoice;
import dev.reprise.cli.policies.PolicyOptions;
import dev.reprise.cli.text.Json;
import dev.reprise.cli.text.Progress;
import dev.reprise.cli.text.Table;
import dev.reprise.cli.text.Units;
import dev.reprise.cli.text.Wrap;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.OriginalModel;
import dev.reprise.runtime.api.SessionSettings;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code reprise bench}: the unsplit model, the cut one, and each policy, step by step in turn. */
@Command(
        name = "bench",
        description = {
            "Measure step times and memory: the original model, the cut one without a policy, and with each policy.",
            "",
            "All run in one process, step by step in turn. Predicted is the time of the cut model times the share of the"
                    + " multiply-adds that was computed. Peak memory comes from processes of their own."
        },
        footer = {
            "",
            "Examples:",
            "  reprise bench model.bundle",
            "  reprise bench model.bundle --steps 28 --policy fbc --set threshold=0.1 --policy taylorseer",
            "  reprise bench model.bundle --inputs recording --policy pab --format json"
        })
public final class BenchCommand implements Callable<Integer> {
    private static final String ORIGINAL = "original";
    private static final String CUT = "cut";

    @Mixin
    private Screen screen = new Screen();

    @Mixin
    private IdentifierOptions identifiers = new IdentifierOptions();

    @Mixin
    private InputOptions inputs = new InputOptions();

    @Mixin
    private PolicyOptions policies = new PolicyOptions();

    @Parameters(paramLabel = "MODEL|BUNDLE", description = "A folder that 'optimize' wrote, or an ONNX file.")
    private Path model = Path.of("");

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
        List<PolicyChoice> choices = policies.choices();
        List<Participant> participants = new ArrayList<>();
        Map<String, Long> memory = new LinkedHashMap<>();
        int steps;
        try (Progress progress = screen.progress()) {
            progress.phase("loading " + model);
            try (OpenBundle bundle = OpenBundle.of(model, identifiers.cutOptions());
                    CachedTransformer loaded = CachedTransformer.open(bundle.path(), SessionSettings.cpu())) {
                InputSource source = inputs.source(loaded.manifest(), identifiers.dimensions());
                steps = source.steps();
                Path unsplit = unsplit(bundle.path(), loaded.manifest());
                try {
                    if (unsplit != null) {
                        participants.add(
                                new Participant(ORIGINAL, "", OriginalModel.open(unsplit, SessionSettings.cpu())));
                    }
                    participants.add(new Participant(CUT, "", loaded.newGeneration()));
                    for (PolicyChoice choice : choices) {
                        CachedTransformer generation = loaded.newGeneration();
                        participants.add(
                                new Participant(choice.label(), choice.config().toString(), generation));
                        generation.enableCache(choice.policy());
                    }
                    new SideBySide(source, progress).run(participants, rounds);
                } finally {
                    participants.forEach(Participant::close);
                }
                if (!noMemory) {
                    progress.phase("measuring memory");
                    measureMemory(bundle.path(), unsplit, memory);
                }
            }
        }
        if (screen.json()) {
            screen.print(json(participants, memory, steps));
        } else {
            print(participants, memory, steps);
        }
        return ExitCode.OK;
    }

    /** The file that the bundle was cut from, null where it is not there any more. */
    private @Nullable Path unsplit(Path bundle, Manifest manifest) {
        if (Files.isRegularFile(model)) {
            return model;
        }
        Path candidate = original;
        if (candidate == null) {
            candidate = bundle.resolve(manifest.weights().directory())
                    .resolve(manifest.provenance().sourceFile())
                    .normalize();
            if (!Files.isRegularFile(candidate)) {
                screen.warn("the original model is not at " + candidate + " any more; --original names it");
                return null;
            }
        }
        String hash = OnnxModel.read(candidate).hash();
        if (!hash.equals(manifest.provenance().sourceHash())) {
            throw CommandException.invalid(candidate + ": not the model that the bundle was cut from: expected hash "
                    + manifest.provenance().sourceHash() + ", found " + hash);
        }
        return candidate;
    }

    private void measureMemory(Path bundle, @Nullable Path unsplit, Map<String, Long> memory) {
        List<String> arguments = new ArrayList<>(List.of("measure-memory", bundle.toString()));
        arguments.addAll(inputs.arguments(3));
        identifiers.dimensions().forEach((name, value) -> {
            arguments.add("--dim");
            arguments.add(name + "=" + value);
        });
        if (unsplit != null) {
            List<String> whole = new ArrayList<>(arguments);
            whole.add("--original");
            whole.add(unsplit.toString());
            put(memory, ORIGINAL, PeakMemory.ofCommand(whole));
        }
        put(memory, CUT, PeakMemory.ofCommand(arguments));
    }

    private static void put(Map<String, Long> memory, String name, OptionalLong bytes) {
        bytes.ifPresent(value -> memory.put(name, value));
    }

    private static Participant named(List<Participant> participants, String name) {
        return participants.stream()
                .filter(participant -> participant.name().equals(name))
                .findFirst()
                .orElse(participants.get(0));
    }

    private void print(List<Participant> participants, Map<String, Long> memory, int steps) {
        PrintWriter out = screen.out();
        double base = named(participants, ORIGINAL).meanStepNanos();
        double cut = named(participants, CUT).meanStepNanos();
        Table table = new Table(
                "", ">MEAN STEP", ">MEDIAN STEP", ">OF ORIGINAL", ">COMPUTED", ">PREDICTED", ">CACHE", ">PEAK MEMORY");
        for (Participant participant : participants) {
            Long peak = memory.get(participant.name());
            boolean predictable = !participant.name().equals(ORIGINAL);
            table.row(
                    participant.name(),
                    Units.millis(participant.meanStepNanos()),
                    Units.millis(participant.medianStepNanos()),
                    Units.times(participant.meanStepNanos() / base),
                    Units.percent(participant.computedShare()),
                    predictable ? Units.millis(predicted(participant, participants, cut)) : "–",
                    participant.cacheBytes() == 0 ? "–" : Units.bytes(participant.cacheBytes()),
                    peak == null ? "–" : Units.bytes(peak));
        }
        table.print(out, "");
        out.println();
        Table kinds = new Table("STEPS OF A KIND", ">COMPUTED", ">STEPS", ">MEDIAN", ">PREDICTED", ">OFF BY");
        for (Participant participant : participants) {
            if (participant.name().equals(ORIGINAL) || participant.name().equals(CUT)) {
                continue;
            }
            for (StepKind kind : participant.kinds()) {
                double predicted = named(participants, CUT).medianStepNanos() * kind.computedShare();
                kinds.row(
                        participant.name(),
                        Units.percent(kind.computedShare()),
                        Integer.toString(kind.count()),
                        Units.millis(kind.medianNanos()),
                        Units.millis(predicted),
                        kind.computedShare() < 0.01 ? "–" : Units.percent(kind.medianNanos() / predicted - 1));
            }
        }
        if (!kinds.isEmpty()) {
            kinds.print(out, "");
            out.println();
        }
        for (Participant participant : participants) {
            if (!participant.setting().isEmpty()) {
                Wrap.print(out, "", participant.name() + ": " + participant.setting());
            }
        }
        out.println(steps + " steps, " + rounds + " rounds. Medians over rounds; all ran step by step in turn.");
    }

    /** The cut model's time, less the multiply-adds that were not computed. */
    private static double predicted(Participant participant, List<Participant> participants, double cut) {
        return cut * participant.computedShare() / named(participants, CUT).computedShare();
    }

    private ObjectNode json(List<Participant> participants, Map<String, Long> memory, int steps) {
        double base = named(participants, ORIGINAL).meanStepNanos();
        double cut = named(participants, CUT).meanStepNanos();
        ObjectNode json = Json.object();
        json.put("model", model.toString());
        json.put("steps", steps);
        json.put("rounds", rounds);
        ArrayNode rows = json.putArray("results");
        for (Participant participant : participants) {
            ObjectNode row = rows.addObject();
            row.put("name", participant.name());
            row.put("config", participant.setting());
            row.put("mean_step_ms", participant.meanStepNanos() / 1e6);
            row.put("median_step_ms", participant.medianStepNanos() / 1e6);
            row.put("ratio_to_original", participant.meanStepNanos() / base);
            row.put("computed_share", participant.computedShare());
            row.put("cache_bytes", participant.cacheBytes());
            Long peak = memory.get(participant.name());
            if (peak != null) {
                row.put("peak_memory_bytes", peak);
            }
            if (participant.name().equals(ORIGINAL)) {
                continue;
            }
            row.put("predicted_step_ms", predicted(participant, participants, cut) / 1e6);
            ArrayNode kinds = row.putArray("step_kinds");
            for (StepKind kind : participant.kinds()) {
                kinds.addObject()
                        .put("computed_share", kind.computedShare())
                        .put("steps", kind.count())
                        .put("median_ms", kind.medianNanos() / 1e6)
                        .put("predicted_ms", named(participants, CUT).medianStepNanos() * kind.computedShare() / 1e6);
            }
        }
        return json;
    }
}
