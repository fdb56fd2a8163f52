package dev.reprise.cli.demo;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cli.CommandException;
import dev.reprise.cli.ExitCode;
import dev.reprise.cli.Screen;
import dev.reprise.cli.calibrate.Calibration;
import dev.reprise.cli.calibrate.Knob;
import dev.reprise.cli.calibrate.TargetSearch;
import dev.reprise.cli.calibrate.TargetSearch.Suggestion;
import dev.reprise.cli.demo.DemoSettings.Setting;
import dev.reprise.cli.model.NewFolder;
import dev.reprise.cli.model.OpenBundle;
import dev.reprise.cli.policies.PolicyChoice;
import dev.reprise.cli.report.ContactSheet;
import dev.reprise.cli.report.GenerationReport;
import dev.reprise.cli.report.HtmlReport;
import dev.reprise.cli.report.LabelFont;
import dev.reprise.cli.report.SamplePictures;
import dev.reprise.cli.text.Json;
import dev.reprise.cli.text.Progress;
import dev.reprise.cli.text.Table;
import dev.reprise.cli.text.Units;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Segment;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.ort.SessionSettings;
import dev.reprise.runtime.CachedTransformer;
import java.awt.Font;
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

/** {@code reprise demo}: optimizes the bundled digits model, draws digits with every policy, and writes pictures and a report. */
@Command(
        name = "demo",
        description = {
            "Draw the ten digits with a small trained model, without cache and with every policy, and compare.",
            "",
            "Writes DIR/report.html, one self-contained page, and DIR/digits.png, a contact sheet. Needs nothing but this"
                    + " repository; takes a few minutes."
        },
        footer = {
            "",
            "Examples:",
            "  reprise demo",
            "  reprise demo -o out --steps 50 --rounds 10",
            "  reprise demo --format json"
        })
public final class DemoCommand implements Callable<Integer> {
    static final String REPORT = "report.html";
    static final String PICTURE = "digits.png";

    /** Every speedup refers to the run without cache: it is timed again after so many others, near all of them in time. */
    private static final int REFERENCE_INTERVAL = 8;

    /** Speedups that a threshold is sought for, and the policies it is sought of. */
    private static final List<Double> TARGETS = List.of(1.5, 2.0);

    private static final Map<String, String> CALIBRATED =
            Map.of("first_block_cache", "First Block Cache", "teacache", "TeaCache");

    @Mixin
    private Screen screen = new Screen();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            defaultValue = "reprise-demo",
            description =
                    "The folder to write; what an earlier demo wrote there is replaced. Default: ${DEFAULT-VALUE}")
    private Path output = Path.of("reprise-demo");

    @Option(
            names = "--steps",
            paramLabel = "N",
            defaultValue = "30",
            description = "Denoising steps, 4 to 200. Default: ${DEFAULT-VALUE}")
    private int steps;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "3",
            description =
                    "How often every setting draws the ten digits, each time from other noise. Default: ${DEFAULT-VALUE}")
    private int rounds;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Of the noise. Default: ${DEFAULT-VALUE}")
    private long seed;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description = "Another export of the digits model. Default: the bundled one")
    private @Nullable Path model;

    @Option(
            names = "--no-timing",
            description = "Seek the calibrated thresholds by multiply-adds alone; the same on every machine.")
    private boolean untimed;

    @Override
    public Integer call() {
        requireIn("--steps", steps, 4, 200);
        requireIn("--rounds", rounds, 1, 1000);
        Digits digits = Digits.bundled();
        Path file = model == null ? digits.model() : model;
        List<GenerationReport> reports;
        Map<String, String> facts;
        try (Progress progress = screen.progress()) {
            progress.phase("cutting " + file);
            try (OpenBundle bundle = OpenBundle.of(file, CutOptions.DEFAULTS);
                    CachedTransformer plain = CachedTransformer.open(
                            bundle.path(), SessionSettings.cpu().withoutExactCaching());
                    CachedTransformer exact = CachedTransformer.open(bundle.path(), SessionSettings.cpu());
                    Judge judge = new Judge(digits.classifier())) {
                reports = draw(plain, exact, judge, digits.captions(), progress);
                facts = facts(file, plain.manifest());
            }
        }
        write(reports, facts);
        print(reports);
        return ExitCode.OK;
    }

    private static void requireIn(String option, int value, int low, int high) {
        if (value < low || value > high) {
            throw CommandException.usage(option + " must be in [" + low + ", " + high + "], was " + value);
        }
    }

    /** The first report is the one without cache. */
    private List<GenerationReport> draw(
            CachedTransformer plain, CachedTransformer exact, Judge judge, StoredTensor captions, Progress progress) {
        EulerSampler sampler = new EulerSampler(steps, Digits.GUIDANCE);
        List<Contestant> contestants = new ArrayList<>();
        try {
            PolicyChoice none = PolicyChoice.of("none");
            contestants.add(new Contestant(new Setting("No cache", "", none), plain.newGeneration()));
            contestants.add(new Contestant(new Setting("Exact caching", "always on", none), exact.newGeneration()));
            // Noise that no round draws from; and memory is touched, code compiled before anything counts.
            DigitsWorkload workload = new DigitsWorkload(
                    plain, exact, sampler, List.of(Digits.noise(seed - 1), Digits.noise(seed - 2)), captions);
            for (Setting setting : settings(workload, progress)) {
                contestant(setting, exact).ifPresent(contestants::add);
            }
            int done = 0;
            // Round after round, not policy after policy: what else the machine does meets all of them.
            for (int round = 0; round < rounds; round++) {
                float[] noise = Digits.noise(seed + round);
                for (int i = 0; i < contestants.size(); i++) {
                    Contestant contestant = contestants.get(i);
                    progress.step("drawing with " + contestant.setting().family(), ++done, rounds * contestants.size());
                    contestant.run(sampler, noise, captions);
                    if (i % REFERENCE_INTERVAL == REFERENCE_INTERVAL - 1) {
                        contestants.get(0).time(sampler, noise, captions);
                    }
                }
            }
            List<GenerationReport> reports = new ArrayList<>();
            for (Contestant contestant : contestants) {
                reports.add(contestant.report(contestants.get(0), judge));
            }
            return reports;
        } finally {
            contestants.forEach(Contestant::close);
        }
    }

    /** Fixed settings, then those whose threshold is sought for a speedup. */
    private List<Setting> settings(DigitsWorkload workload, Progress progress) {
        progress.phase("calibrating");
        Calibration calibration = workload.calibrate(steps);
        List<Setting> settings = new ArrayList<>(DemoSettings.all(steps, calibration));
        for (Knob knob : Knob.all(calibration)) {
            String family = CALIBRATED.get(knob.policy());
            if (family == null) {
                continue;
            }
            TargetSearch search = new TargetSearch(workload, knob);
            for (double target : TARGETS) {
                progress.phase("seeking " + Units.times(target) + " with " + family);
                Suggestion found = search.speedup(target, !untimed);
                settings.add(DemoSettings.calibrated(family, target, found));
            }
        }
        return settings;
    }

    private Optional<Contestant> contestant(Setting setting, CachedTransformer loaded) {
        CachedTransformer generation = loaded.newGeneration();
        try {
            generation.enableCache(setting.choice().policy());
            return Optional.of(new Contestant(setting, generation));
        } catch (UnsupportedPolicyException e) {
            generation.close();
            screen.warn(e.getMessage() + "; left out");
            return Optional.empty();
        }
    }

    private Map<String, String> facts(Path file, Manifest manifest) {
        long weights =
                manifest.segments().stream().mapToLong(Segment::weightBytes).sum();
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put(
                "Model",
                file.getFileName() + ": " + Units.bytes(weights) + " of weights, "
                        + manifest.modules().size() + " modules in "
                        + (manifest.chain() == null
                                ? 0
                                : manifest.chain().blocks().size()) + " blocks, cut into "
                        + manifest.segments().size() + " segments");
        facts.put("Sampler", "flow matching, Euler, " + steps + " steps, classifier-free guidance " + Digits.GUIDANCE);
        facts.put(
                "Samples",
                rounds * Digits.PROMPTS + " per setting (" + rounds + " rounds of ten digits in one batch), seed "
                        + seed);
        facts.put(
                "Timing",
                "every step at the lower quartile of the steps that computed the same share; in each round all settings run one"
                        + " after another");
        facts.put(
                "Machine",
                System.getProperty("os.name") + " " + System.getProperty("os.arch") + ", "
                        + Runtime.getRuntime().availableProcessors() + " cores, Java "
                        + System.getProperty("java.version"));
        return facts;
    }

    private void write(List<GenerationReport> reports, Map<String, String> facts) {
        NewFolder.create(output);
        GenerationReport uncached = reports.get(0);
        List<GenerationReport> cached = reports.subList(1, reports.size());
        String introduction = "A diffusion transformer that draws handwritten digits, run " + (reports.size() - 1)
                + " times over with less work: the same noise, the same prompts, and in each step only what the policy wants"
                + " computed.";
        NewFolder.write(
                output.resolve(REPORT),
                HtmlReport.write("What a cache saves, and what it costs", introduction, facts, uncached, cached));
        Optional<Font> font = LabelFont.find();
        if (font.isEmpty()) {
            screen.warn("this Java finds no fonts: " + PICTURE + " has no labels; its lines are those of " + REPORT);
        }
        NewFolder.write(output.resolve(PICTURE), SamplePictures.png(ContactSheet.draw(reports, font)));
    }

    private void print(List<GenerationReport> reports) {
        if (screen.json()) {
            ObjectNode json = Json.object();
            json.put("report", output.resolve(REPORT).toString());
            json.put("picture", output.resolve(PICTURE).toString());
            json.put("steps", steps);
            json.put("samples", rounds * Digits.PROMPTS);
            ArrayNode settings = json.putArray("settings");
            reports.forEach(report -> settings.add(json(report)));
            screen.print(json);
            return;
        }
        Table table = new Table(
                "POLICY", "~SETTING", ">COMPUTED", ">MS PER STEP", ">SPEEDUP", ">PSNR", ">ACCURACY", ">CACHE");
        for (GenerationReport report : reports) {
            table.row(
                    report.family(),
                    report.setting(),
                    Units.percent(report.computedShare()),
                    Units.millis(report.nanosPerStep()),
                    Units.times(report.speedup()),
                    Units.decibel(report.psnr()),
                    Units.percent(report.accuracy()),
                    report.cacheBytes() == 0 ? "–" : Units.bytes(report.cacheBytes()));
        }
        table.print(screen.out(), "");
        screen.out().println();
        screen.out().println("Wrote " + output.resolve(REPORT) + " and " + output.resolve(PICTURE) + ".");
    }

    private static ObjectNode json(GenerationReport report) {
        ObjectNode json = Json.object();
        json.put("policy", report.policy());
        json.put("family", report.family());
        json.put("setting", report.setting());
        json.put("config", report.configuration());
        json.put("computed_share", report.computedShare());
        json.put("milliseconds_per_step", report.nanosPerStep() / 1e6);
        json.put("speedup", report.speedup());
        json.set("psnr_db", Json.number(report.psnr()));
        json.put("identical", Double.isInfinite(report.psnr()));
        json.put("accuracy", report.accuracy());
        json.put("cache_bytes", report.cacheBytes());
        return json;
    }
}
