package dev.reprise.cli.calibrate;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cache.Decision;
import dev.reprise.cache.Subject;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cli.CommandException;
import dev.reprise.cli.ExitCode;
import dev.reprise.cli.Screen;
import dev.reprise.cli.calibrate.Workload.Outcome;
import dev.reprise.cli.inputs.InputOptions;
import dev.reprise.cli.inputs.InputSource;
import dev.reprise.cli.model.IdentifierOptions;
import dev.reprise.cli.model.NewFolder;
import dev.reprise.cli.model.StepInputs;
import dev.reprise.cli.policies.PolicyChoice;
import dev.reprise.cli.policies.PolicyOptions;
import dev.reprise.cli.text.Json;
import dev.reprise.cli.text.Progress;
import dev.reprise.cli.text.Units;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Module;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.ort.SessionSettings;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.Step;
import dev.reprise.runtime.api.StepTrace;
import dev.reprise.runtime.api.TracedDecision;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code reprise freeze}: runs a dynamic policy once and writes what it decided as a static step mask. */
@Command(
        name = "freeze",
        description = {
            "Run a policy over given inputs and write which steps it skipped as the parameters of 'step_mask'.",
            "",
            "A mask costs no probe, and decides the same for every prompt. Works for policies that decide about all blocks or"
                    + " the whole model at once."
        },
        footer = {
            "",
            "Examples:",
            "  reprise freeze model.bundle --inputs recording --policy fbc --set threshold=0.1 -o mask.json",
            "  reprise bench model.bundle --policy step_mask --policy-config mask.json"
        })
public final class FreezeCommand implements Callable<Integer> {
    /** Share of the multiply-adds below which a step counts as skipped as a whole. */
    private static final double NEXT_TO_NOTHING = 0.01;

    @Mixin
    private Screen screen = new Screen();

    @Mixin
    private IdentifierOptions identifiers = new IdentifierOptions();

    @Mixin
    private InputOptions inputs = new InputOptions();

    @Mixin
    private PolicyOptions policies = new PolicyOptions();

    @Parameters(paramLabel = "BUNDLE", description = "A folder that 'optimize' wrote.")
    private Path bundle = Path.of("");

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "FILE",
            description = "The JSON file to write; it must not exist.")
    private Path output = Path.of("");

    @Override
    public Integer call() {
        if (Files.exists(output)) {
            throw CommandException.usage("output " + output + " must be a new file, found one");
        }
        if (!inputs.given()) {
            throw CommandException.usage("expected one of --inputs and --random");
        }
        List<PolicyChoice> choices = policies.choices();
        if (choices.size() != 1) {
            throw CommandException.usage("expected one --policy, found " + choices.size());
        }
        PolicyChoice choice = choices.get(0);
        ObjectNode json;
        try (Progress progress = screen.progress();
                CachedTransformer loaded = CachedTransformer.open(bundle, SessionSettings.cpu())) {
            InputSource source = inputs.source(loaded.manifest(), identifiers.dimensions());
            progress.phase("running " + choice.label());
            Frozen frozen = freeze(loaded, source, choice);
            ObjectNode config = Json.object().put("mask", frozen.mask()).put("skip", frozen.skip());
            PolicyChoice mask = PolicyChoice.of("step_mask", "step_mask", config, List.of());
            progress.phase("comparing");
            OpenLoop workload = new OpenLoop(loaded, source);
            json = json(choice, mask, workload.run(choice), workload.run(mask));
        }
        NewFolder.write(output, Json.pretty(json) + "\n");
        if (screen.json()) {
            screen.print(json);
        } else {
            print(json);
        }
        return ExitCode.OK;
    }

    /** A mask, and what its zeros skip. */
    private record Frozen(String mask, String skip) {}

    private static Frozen freeze(CachedTransformer loaded, InputSource source, PolicyChoice choice) {
        try (CachedTransformer generation = loaded.newGeneration();
                StepInputs fed = new StepInputs()) {
            generation.enableCache(choice.policy());
            for (int step = 0; step < source.steps(); step++) {
                Step at = Step.at(step, source.steps())
                        .withTimestep(source.timesteps().get(step));
                generation.run(at, fed.next(source.inputs(step))).close();
            }
            StringBuilder mask = new StringBuilder();
            boolean output = false;
            for (StepTrace step : generation.trace()) {
                TracedDecision skipped = skipped(step, loaded.manifest(), choice);
                mask.append(skipped == null ? '1' : '0');
                output |= skipped != null && !Subject.BLOCKS.is(skipped.subject());
            }
            return new Frozen(mask.toString(), output ? "output" : "blocks");
        }
    }

    /** The decision that skipped all blocks or the whole model, null where the step was computed. */
    private static @Nullable TracedDecision skipped(StepTrace step, Manifest manifest, PolicyChoice choice) {
        if (step.computedShare() < NEXT_TO_NOTHING) {
            // Whatever it was decided about: the model did not run.
            return step.decisions().stream()
                    .filter(decision -> decision.decision() != Decision.COMPUTE)
                    .filter(decision -> !Subject.BLOCKS.is(decision.subject()))
                    .findFirst()
                    .orElse(null);
        }
        TracedDecision whole = null;
        for (TracedDecision decision : step.decisions()) {
            if (decision.decision() == Decision.COMPUTE) {
                continue;
            }
            boolean finalProjection = manifest.module(decision.subject())
                    .map(Module::kind)
                    .filter(kind -> kind == ModuleKind.FINAL_PROJECTION)
                    .isPresent();
            if (!finalProjection && !Subject.BLOCKS.is(decision.subject()) && !Subject.MODEL.is(decision.subject())) {
                throw new UnsupportedPolicyException(choice.label() + " decides about " + decision.subject()
                        + " by itself at step " + step.step()
                        + "; a mask needs a policy that decides about all blocks or the whole model");
            }
            whole = decision;
        }
        return whole;
    }

    private static ObjectNode json(PolicyChoice choice, PolicyChoice mask, Outcome before, Outcome after) {
        ObjectNode json = Json.object();
        json.put("policy", mask.type().id());
        json.set("config", mask.config());
        ObjectNode from = json.putObject("frozen_from");
        from.put("policy", choice.type().id());
        from.set("config", choice.config());
        from.put("computed_share", before.computedShare());
        from.set("psnr_db", Json.number(before.psnr()));
        json.put("computed_share", after.computedShare());
        json.set("psnr_db", Json.number(after.psnr()));
        return json;
    }

    private void print(ObjectNode json) {
        screen.out().println(json.path("config").path("mask").asText());
        screen.out()
                .println("computes " + Units.percent(json.path("computed_share").asDouble()) + ", "
                        + decibel(json.path("psnr_db").asDouble(Double.POSITIVE_INFINITY)) + "; the policy computed "
                        + Units.percent(
                                json.path("frozen_from").path("computed_share").asDouble()) + ", "
                        + decibel(json.path("frozen_from").path("psnr_db").asDouble(Double.POSITIVE_INFINITY)));
        screen.out().println("Wrote " + output + ": --policy step_mask --policy-config " + output);
    }

    private static String decibel(double psnr) {
        return "PSNR " + Units.decibel(psnr);
    }
}
