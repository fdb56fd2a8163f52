package dev.reprise.cli.freeze;

import dev.reprise.cli.command.CommandException;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.cli.command.Screen;
import dev.reprise.cli.inputs.ModelOptions;
import dev.reprise.cli.inputs.ModelOptions.OpenModel;
import dev.reprise.cli.measure.OpenLoop;
import dev.reprise.cli.measure.Workload.Outcome;
import dev.reprise.cli.model.NewFolder;
import dev.reprise.cli.policies.PolicyOptions;
import dev.reprise.cli.text.Progress;
import dev.reprise.cli.text.Wrap;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.verify.run.InputSource;
import dev.reprise.verify.run.Original;
import dev.reprise.verify.run.PolicyChoice;
import dev.reprise.verify.text.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code reprise freeze}: runs a dynamic policy once and writes what it decided as a static step mask. */
@Command(
        name = "freeze",
        description = {
            "Run a policy once, and write the steps that it skipped as a static mask for 'step_mask'.",
            "",
            "A mask needs no probe, and skips the same steps for every prompt. The policy must decide about all blocks"
                    + " or the whole model at once. A run in which it skipped nothing makes no mask."
        },
        footer = {
            "",
            "Examples:",
            "  reprise freeze model.bundle --inputs recording --policy fbc --set threshold=0.1 -o mask.json",
            "  reprise bench model.bundle --policy step_mask --policy-config mask.json"
        })
public final class FreezeCommand implements Callable<Integer> {
    @Mixin
    private Screen screen = new Screen();

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private PolicyOptions policies = new PolicyOptions();

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
        NewFolder.requireParent(output);
        model.inputs().requireSource();
        List<PolicyChoice> choices = policies.choices();
        if (choices.size() != 1) {
            throw CommandException.usage("expected one --policy, found " + choices.size());
        }
        FreezeResult result = model.open(
                screen, (open, progress) -> freeze(open, model.source(open.manifest()), choices.get(0), progress));
        NewFolder.write(output, Json.pretty(result.json()) + "\n");
        screen.show(result::json, out -> {
            result.print(out);
            Wrap.print(out, "", "Wrote " + output + ". Use it with");
            out.println("  --policy step_mask --policy-config " + output);
        });
        return ExitCode.OK;
    }

    private FreezeResult freeze(OpenModel open, InputSource source, PolicyChoice choice, Progress progress) {
        CachedTransformer loaded = open.transformer();
        MaskBuilder steps = new MaskBuilder(choice.label(), loaded.manifest());
        try (Original original = open.original(model.model(), null)) {
            progress.phase("running without a policy");
            OpenLoop workload = new OpenLoop(loaded, original, source);
            progress.phase("running " + choice.label());
            Outcome ofPolicy = workload.run(choice, steps::add);
            if (steps.skipsNothing()) {
                throw CommandException.failed(choice.title() + " skipped none of " + source.steps()
                        + " steps: a mask of ones caches nothing, so none is written; choose parameters that skip"
                        + " ('record' names a threshold)");
            }
            PolicyChoice mask = steps.stepMask();
            progress.phase("running the mask");
            return new FreezeResult(choice, ofPolicy, mask, workload.run(mask));
        }
    }
}
