package dev.reprise.cli.calibrate;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.cli.CommandException;
import dev.reprise.cli.ExitCode;
import dev.reprise.cli.Screen;
import dev.reprise.cli.calibrate.TargetSearch.Suggestion;
import dev.reprise.cli.inputs.InputSource;
import dev.reprise.cli.inputs.RandomInputs;
import dev.reprise.cli.inputs.RecordedInputs;
import dev.reprise.cli.model.IdentifierOptions;
import dev.reprise.cli.model.NewFolder;
import dev.reprise.cli.text.Json;
import dev.reprise.cli.text.Progress;
import dev.reprise.cli.text.Table;
import dev.reprise.cli.text.Units;
import dev.reprise.cli.text.Wrap;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.SessionSettings;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code reprise calibrate}: measures a model and suggests parameters. */
@Command(
        name = "calibrate",
        description = {
            "Measure how a model changes from step to step, and find the parameters that reach a speedup or a quality.",
            "",
            "Writes JSON next to the bundle: distances per step and context, MagCache's ratios, TeaCache's polynomial with its"
                    + " R², and a suggestion per policy and target. Inputs are replayed as given (open loop): use recorded ones,"
                    + " made-up ones tell only about speed."
        },
        footer = {
            "",
            "Examples:",
            "  reprise calibrate model.bundle --inputs recording",
            "  reprise calibrate model.bundle --inputs cond --inputs uncond --target-speedup 1.5 --target-speedup 2",
            "  reprise calibrate model.bundle --inputs recording --target-psnr 35 --policy teacache -o teacache.json"
        })
public final class CalibrateCommand implements Callable<Integer> {
    @Mixin
    private Screen screen = new Screen();

    @Mixin
    private IdentifierOptions identifiers = new IdentifierOptions();

    @Parameters(paramLabel = "BUNDLE", description = "A folder that 'optimize' wrote.")
    private Path bundle = Path.of("");

    @Option(
            names = {"--inputs", "--recording"},
            paramLabel = "DIR|FILE",
            description = "A recording, or a safetensors file with const.INPUT and step.NN.in.INPUT; again for another"
                    + " context, such as a guidance branch.")
    private List<Path> inputs = new ArrayList<>();

    @Option(names = "--random", paramLabel = "SEED", description = "Made-up inputs.")
    private @Nullable Long seed;

    @Option(names = "--steps", paramLabel = "N", description = "Denoising steps. Default: all, 20 of made-up inputs")
    private @Nullable Integer steps;

    @Option(
            names = "--target-speedup",
            paramLabel = "X",
            description = "Find the parameters with this speedup; again for another one.")
    private List<Double> speedups = new ArrayList<>();

    @Option(
            names = "--target-psnr",
            paramLabel = "DB",
            description = "Find the fastest parameters whose outputs stay this close, in dB of the outputs' range.")
    private List<Double> psnrs = new ArrayList<>();

    @Option(
            names = {"-p", "--policy"},
            paramLabel = "NAME",
            description =
                    "Search for this policy only; again for another one. Default: every policy with one main parameter")
    private List<String> policies = new ArrayList<>();

    @Option(
            names = "--no-timing",
            description = "Let multiply-adds alone decide about speed; the same on every machine.")
    private boolean untimed;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Where to write. Default: the bundle's name with .calibration.json")
    private @Nullable Path output;

    @Override
    public Integer call() {
        check();
        ObjectNode json;
        List<Row> rows = new ArrayList<>();
        try (Progress progress = screen.progress();
                CachedTransformer loaded = CachedTransformer.open(bundle, SessionSettings.cpu())) {
            Map<String, InputSource> sources = sources(loaded.manifest());
            progress.phase("measuring distances");
            Map<String, List<StepFigures>> contexts = new LinkedHashMap<>();
            int count = 0;
            for (Map.Entry<String, InputSource> source : sources.entrySet()) {
                if (count != 0 && source.getValue().steps() != count) {
                    throw CommandException.invalid("all inputs must have the same number of steps, found " + count
                            + " and " + source.getValue().steps());
                }
                count = source.getValue().steps();
                contexts.put(source.getKey(), Calibration.measure(loaded, source.getValue()));
            }
            Calibration calibration = new Calibration(count, contexts);
            if (!speedups.isEmpty() || !psnrs.isEmpty()) {
                Workload workload =
                        new OpenLoop(loaded, sources.values().iterator().next());
                search(calibration, workload, progress, rows);
            }
            json = json(calibration, loaded.manifest(), rows);
        }
        Path file = output != null ? output : bundle.resolveSibling(bundle.getFileName() + ".calibration.json");
        NewFolder.write(file, Json.pretty(json) + "\n");
        if (screen.json()) {
            screen.print(json);
        } else {
            print(json, rows, file);
        }
        return ExitCode.OK;
    }

    /** One target of one policy; no suggestion where it cannot be reached at all. */
    private record Row(
            String target,
            double value,
            String policy,
            @Nullable Suggestion suggestion,
            String obstacle) {
        boolean reached() {
            if (suggestion == null) {
                return false;
            }
            return target.equals("psnr") || Math.abs(suggestion.speedup() / value - 1) <= TargetSearch.TOLERANCE;
        }
    }

    private void check() {
        for (double speedup : speedups) {
            if (!(speedup > 1) || speedup > 1000) {
                throw CommandException.usage("--target-speedup must be above 1, was " + speedup);
            }
        }
        for (double psnr : psnrs) {
            if (!(psnr > 0) || psnr > 300) {
                throw CommandException.usage("--target-psnr must be in (0, 300] dB, was " + psnr);
            }
        }
        if (steps != null && (steps < 2 || steps > 10_000)) {
            throw CommandException.usage("--steps must be in [2, 10000], was " + steps);
        }
        if (inputs.isEmpty() == (seed == null)) {
            throw CommandException.usage("expected one of --inputs and --random");
        }
    }

    private Map<String, InputSource> sources(Manifest manifest) {
        Map<String, InputSource> sources = new LinkedHashMap<>();
        int count = steps == null ? 0 : steps;
        for (Path path : inputs) {
            String name = String.valueOf(path.toAbsolutePath().normalize().getFileName());
            String unique = name;
            for (int number = 2; sources.containsKey(unique); number++) {
                unique = name + "_" + number;
            }
            sources.put(unique, RecordedInputs.read(path, manifest.roles(), count));
        }
        if (seed != null) {
            sources.put("random", new RandomInputs(manifest, identifiers.dimensions(), count == 0 ? 20 : count, seed));
        }
        return sources;
    }

    private void search(Calibration calibration, Workload workload, Progress progress, List<Row> rows) {
        List<Knob> knobs = Knob.all(calibration);
        List<Knob> chosen = new ArrayList<>();
        for (String name : policies) {
            String id = PolicyCatalogue.type(name).id();
            chosen.add(knobs.stream()
                    .filter(knob -> knob.policy().equals(id))
                    .findFirst()
                    .orElseThrow(() -> CommandException.usage("--policy must be one of "
                            + knobs.stream().map(Knob::policy).toList() + ", was '" + name + "'")));
        }
        for (Knob knob : chosen.isEmpty() ? knobs : chosen) {
            progress.phase("searching " + knob.parameter() + " of " + knob.policy());
            TargetSearch search = new TargetSearch(workload, knob);
            try {
                for (double speedup : speedups) {
                    rows.add(new Row("speedup", speedup, knob.policy(), search.speedup(speedup, !untimed), ""));
                }
                for (double psnr : psnrs) {
                    rows.add(new Row("psnr", psnr, knob.policy(), search.psnr(psnr, !untimed), ""));
                }
            } catch (UnsupportedPolicyException e) {
                rows.add(new Row("", Double.NaN, knob.policy(), null, String.valueOf(e.getMessage())));
            }
        }
    }

    private static ObjectNode json(Calibration calibration, Manifest manifest, List<Row> rows) {
        ObjectNode json = Json.object();
        json.put("model", manifest.provenance().sourceFile());
        json.put("source_hash", manifest.provenance().sourceHash());
        json.setAll(calibration.json());
        ArrayNode suggestions = json.putArray("suggestions");
        for (Row row : rows) {
            ObjectNode node = suggestions.addObject();
            node.put("policy", row.policy());
            if (!row.obstacle().isEmpty()) {
                node.put("unsupported", row.obstacle());
                continue;
            }
            node.put("target", row.target());
            node.put("value", row.value());
            node.put("reached", row.reached());
            Suggestion suggestion = row.suggestion();
            if (suggestion != null) {
                node.set("config", suggestion.choice().config());
                node.put("computed_share", suggestion.outcome().computedShare());
                node.put("predicted_speedup", suggestion.predictedSpeedup());
                node.set("measured_speedup", Json.number(suggestion.measuredSpeedup()));
                node.set("psnr_db", Json.number(suggestion.outcome().psnr()));
            }
        }
        return json;
    }

    private void print(ObjectNode json, List<Row> rows, Path file) {
        PrintWriter out = screen.out();
        Table contexts = new Table(
                "CONTEXT", ">STEP", ">TIMESTEP", ">FIRST BLOCK", ">MODULATED", ">RESIDUAL", ">OUTPUT", ">RATIO");
        json.path("contexts")
                .properties()
                .forEach(context -> context.getValue()
                        .forEach(step -> contexts.row(
                                context.getKey(),
                                step.path("step").asText(),
                                String.format(
                                        Locale.ROOT,
                                        "%.0f",
                                        step.path("timestep").asDouble()),
                                figure(step.path("first_block_distance").asDouble(Double.NaN)),
                                figure(step.path("modulated_input_distance").asDouble(Double.NaN)),
                                figure(step.path("residual_distance").asDouble(Double.NaN)),
                                figure(step.path("output_distance").asDouble(Double.NaN)),
                                figure(step.path("residual_ratio").asDouble(Double.NaN)))));
        contexts.print(out, "");
        double fit = json.path("policies").path("teacache").path("r_squared").asDouble(Double.NaN);
        if (!Double.isNaN(fit)) {
            out.println();
            out.println("TeaCache's polynomial explains " + Units.percent(fit) + " of the output's change (R²).");
        }
        if (!rows.isEmpty()) {
            out.println();
            suggestions(rows).print(out, "");
        }
        rows.stream()
                .filter(row -> !row.obstacle().isEmpty())
                .forEach(row -> Wrap.print(out, "", "Not " + row.policy() + ": " + row.obstacle()));
        out.println();
        out.println("Wrote " + file + ".");
    }

    private static Table suggestions(List<Row> rows) {
        Table table = new Table(
                "TARGET", "POLICY", ">COMPUTED", ">PREDICTED", ">MEASURED", ">PSNR", "REACHED", "~PARAMETERS");
        for (Row row : rows) {
            if (!row.obstacle().isEmpty()) {
                continue;
            }
            String target = row.target().equals("psnr") ? Units.decibel(row.value()) : Units.times(row.value());
            Suggestion suggestion = row.suggestion();
            if (suggestion == null) {
                table.row(target, row.policy(), "–", "–", "–", "–", "no", "");
                continue;
            }
            ObjectNode shown = suggestion.choice().config().deepCopy();
            shown.remove(List.of("mag_ratios", "coefficients", "num_inference_steps"));
            table.row(
                    target,
                    row.policy(),
                    Units.percent(suggestion.outcome().computedShare()),
                    Units.times(suggestion.predictedSpeedup()),
                    Units.times(suggestion.measuredSpeedup()),
                    Units.decibel(suggestion.outcome().psnr()),
                    row.reached() ? "yes" : "no",
                    shown.toString());
        }
        return table;
    }

    private static String figure(double value) {
        return Double.isNaN(value) ? "–" : String.format(Locale.ROOT, "%.4f", value);
    }
}
