package dev.reprise.cli.record;

import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.cli.command.Screen;
import dev.reprise.cli.inputs.ModelOptions;
import dev.reprise.cli.policies.PolicyOptions;
import dev.reprise.graph.recording.Recording;
import dev.reprise.verify.record.PolicyUse;
import dev.reprise.verify.record.RecordingRun;
import dev.reprise.verify.run.InputSource;
import dev.reprise.verify.run.PolicyChoice;
import dev.reprise.verify.run.RecordedInputs;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code reprise record}: runs a model without cache and with policies, and stores what happened. */
@Command(
        name = "record",
        description = {
            "Run a model without cache and with policies, and store inputs, outputs and skipped modules.",
            "",
            "'verify' replays the recording. In CI it fails the build when an export, a policy or ONNX Runtime changes the"
                    + " outputs or the decisions. A policy that reuses nothing tests nothing: 'record' warns about it, and says"
                    + " which threshold would reuse in half of the steps. Beside the tensors it keeps versions, provider,"
                    + " threads, and checksums of weights, nodes and values, with which 'verify' says what changed."
        },
        footer = {
            "",
            "Examples:",
            "  reprise record model.onnx --random 1 --steps 20 --policy fbc --set threshold=0.1 -o recording",
            "  reprise record model.bundle --inputs captured.safetensors --policy pab --policy taylorseer -o recording",
            "  reprise record model.onnx -o recording --update",
            "  reprise verify model.onnx --recording recording"
        })
public final class RecordCommand implements Callable<Integer> {
    @Mixin
    private Screen screen = new Screen();

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private PolicyOptions policies = new PolicyOptions();

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "DIR",
            description = "The folder to write; it must not exist, or be empty.")
    private Path output = Path.of("");

    @Option(names = "--force", description = "Replace a recording that is in the folder.")
    private boolean force;

    @Option(
            names = "--update",
            description =
                    "Record anew what the recording in the folder has: its inputs, and its policies unless --policy"
                            + " names others.")
    private boolean update;

    @Override
    public Integer call() {
        Target target = new Target(output, force, update);
        Optional<Recording> old = target.check();
        if (old.isEmpty() || model.inputs().isGiven()) {
            model.inputs().requireSource();
        }
        List<PolicyChoice> choices = choices(old);
        List<PolicyUse> uses = model.open(screen, (open, progress) -> {
            InputSource source = old.isEmpty() || model.inputs().isGiven()
                    ? model.source(open.manifest())
                    : RecordedInputs.of(old.get(), open.transformer());
            return new RecordingRun(open.transformer(), open.bundle(), open.settings(), source, progress)
                    .record(choices, output, force || update);
        });
        Recording recording = Recording.read(output);
        RecordResult result = new RecordResult(output, recording.description(), uses);
        screen.show(result::json, result::print);
        uses.stream().filter(PolicyUse::isVacuous).forEach(use -> screen.warn(use.warning()));
        return ExitCode.OK;
    }

    private List<PolicyChoice> choices(Optional<Recording> old) {
        List<PolicyChoice> named = policies.choices();
        if (named.isEmpty() && old.isPresent()) {
            return Target.policies(old.get());
        }
        return named.stream()
                .filter(choice ->
                        !choice.type().id().equals(PolicyCatalogue.type("none").id()))
                .toList();
    }
}
