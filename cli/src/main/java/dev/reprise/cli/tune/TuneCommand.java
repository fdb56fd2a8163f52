package dev.reprise.cli.tune;

import dev.reprise.cli.command.CommandException;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.cli.command.Screen;
import dev.reprise.cli.inputs.ModelOptions;
import dev.reprise.cli.inputs.ModelOptions.OpenModel;
import dev.reprise.cli.model.NewFolder;
import dev.reprise.cli.model.OriginalOption;
import dev.reprise.cli.text.Progress;
import dev.reprise.runtime.tune.Budget;
import dev.reprise.runtime.tune.Tuned;
import dev.reprise.runtime.tune.Tuner;
import dev.reprise.runtime.tune.TuningSettings;
import dev.reprise.verify.run.InputSource;
import dev.reprise.verify.run.Original;
import dev.reprise.verify.text.Json;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code reprise tune}: the best policy for a budget. */
@Command(
        name = "tune",
        description = {
            "Find the best policy for a budget, in a closed loop with a built-in sampler.",
            "",
            "Runs the sampler with presets and schedules, compares the results with those of no policy, and checks the best ones"
                    + " on noise that it did not tune on. --inputs gives the conditions: a recording, or a safetensors file with"
                    + " const.INPUT and step.00.in.INPUT; latents begin as noise of --seed. Ctrl-C ends the search and keeps the"
                    + " best so far; the same command goes on from there.",
            "",
            "The sampler is a JSON object: preset (flow, digits, flux, sd3, pixart, dit, cogvideox), sampler (flow_euler, ddim,"
                    + " dpmpp_2m), steps, guidance, batch (single, uncond_cond, cond_uncond), shift, timestep_scale, prediction"
                    + " (epsilon, v_prediction, sample), beta_start, beta_end, beta_schedule, clamp."
        },
        footer = {
            "",
            "Examples:",
            "  reprise tune model.bundle --sampler sampler.json --inputs recording --evaluations 10 -o tuned.json",
            "  reprise tune model.bundle --sampler '{\"preset\": \"digits\"}' --inputs recording --min-psnr 35 -o tuned.json",
            "  reprise bench model.bundle --policy combined --policy-config tuned.json"
        })
public final class TuneCommand implements Callable<Integer> {
    private static final int SAMPLES_TO_TUNE_ON = 20;

    @Mixin
    private Screen screen = new Screen();

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private BudgetOptions budget = new BudgetOptions();

    @Mixin
    private OriginalOption original = new OriginalOption();

    @Option(
            names = "--sampler",
            required = true,
            paramLabel = "FILE|JSON",
            description = "The sampler, as described above.")
    private String sampler = "";

    @Option(
            names = "--max-minutes",
            paramLabel = "M",
            defaultValue = "5",
            description = "How long it may take. Default: ${DEFAULT-VALUE}")
    private double minutes = 5;

    @Option(
            names = "--images",
            paramLabel = "N",
            description = "Images to tune on. Default: " + SAMPLES_TO_TUNE_ON + ", or one batch where that is more")
    private int images = SAMPLES_TO_TUNE_ON;

    @Option(
            names = "--held-out",
            paramLabel = "N",
            description = "Images to check the result on, of other noise. Default: as many as tuned on")
    private int heldOut;

    @Option(
            names = "--seed",
            paramLabel = "SEED",
            defaultValue = "1",
            description = "Of the noise and of the search. Default: ${DEFAULT-VALUE}")
    private long seed = 1;

    @Option(
            names = "--frontier",
            paramLabel = "FILE.html",
            description = "Also draw all that was run, quality over computed share: a page, and a PNG beside it.")
    private @Nullable Path frontier;

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "FILE",
            description = "The JSON file to write.")
    private Path output = Path.of("");

    @Override
    public Integer call() {
        Budget wanted = budget.budget();
        if (!(minutes > 0) || minutes > 24 * 60) {
            throw CommandException.usage("--max-minutes must be in (0, 1440], was " + minutes);
        }
        if (images < 1 || heldOut < 0) {
            throw CommandException.usage(
                    "--images must be 1 or more and --held-out 0 or more, were " + images + " and " + heldOut);
        }
        NewFolder.requireParent(output);
        if (frontier != null) {
            NewFolder.requireParent(frontier);
        }
        model.inputs().requireSource();
        SamplerSettings settings = SamplerSettings.read(sampler);
        // A process that is ending waits until the result is written and printed.
        try (Interrupt interrupt = new Interrupt()) {
            TuneResult result =
                    model.open(screen, (open, progress) -> tune(open, progress, wanted, settings, interrupt));
            NewFolder.write(output, Json.pretty(result.json()) + "\n");
            if (frontier != null) {
                result.writeFrontier(frontier);
            }
            screen.show(result::json, out -> result.print(out, output));
            RuntimeException failure = result.tuned().failure();
            if (failure != null) {
                throw CommandException.invalid(
                        "the rollout failed after " + result.tuned().evaluations()
                                + " candidates: " + failure.getMessage() + "; " + output
                                + " has the best so far, and the same command goes on from there");
            }
        }
        return ExitCode.OK;
    }

    private TuneResult tune(
            OpenModel open, Progress progress, Budget wanted, SamplerSettings settings, Interrupt interrupt) {
        List<InputSource> sources = new ArrayList<>(
                model.inputs().sources(open.manifest(), model.dimensions()).values());
        SampledRollout rollout = new SampledRollout(settings, open.manifest(), sources, seed);
        int each = rollout.images();
        int tunedOn = Math.max(1, (images + each - 1) / each);
        int checkedOn = heldOut == 0 ? tunedOn : Math.max(1, (heldOut + each - 1) / each);
        String hash = open.manifest().provenance().sourceHash();
        String inputs = String.join(" ", model.inputs().arguments(1));
        SearchState state = SearchState.of(output, hash + " " + settings + " " + inputs + " " + seed + " " + tunedOn);
        Duration time = Duration.ofMillis((long) (minutes * 60_000));
        TuningSettings search = new TuningSettings(tunedOn, checkedOn, time, seed, state.scores());
        Tuned tuned;
        try (Original unsplit = open.original(model.model(), original.file())) {
            Tuner tuner = new Tuner(open.transformer(), rollout, search)
                    .stopWhen(interrupt::isWanted)
                    .onScore(state::add)
                    .onProgress(progress::phase);
            if (unsplit.file().isPresent() || wanted.kind() == Budget.Kind.TARGET_SPEEDUP) {
                tuner.against(unsplit.model());
            } else {
                screen.warn(unsplit.missing() + "; speedups are over the cut model");
            }
            tuned = tuner.tune(wanted);
        } catch (IllegalArgumentException | CancellationException e) {
            throw CommandException.invalid(String.valueOf(e.getMessage()));
        }
        if (tuned.finished()) {
            state.delete();
        } else {
            state.write(tuned.scores());
        }
        return new TuneResult(
                tuned, open.manifest().provenance(), seed, tunedOn * each, tuned.checked() ? checkedOn * each : 0);
    }
}
