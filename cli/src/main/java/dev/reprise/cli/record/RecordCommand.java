package dev.reprise.cli.record;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.cli.command.Screen;
import dev.reprise.cli.inputs.InputOptions;
import dev.reprise.cli.inputs.InputSource;
import dev.reprise.cli.model.IdentifierOptions;
import dev.reprise.cli.model.NewFolder;
import dev.reprise.cli.model.OpenBundle;
import dev.reprise.cli.model.ProviderOptions;
import dev.reprise.cli.policies.PolicyChoice;
import dev.reprise.cli.policies.PolicyOptions;
import dev.reprise.cli.text.Json;
import dev.reprise.cli.text.Progress;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.SessionSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code reprise record}: runs a model without cache and with policies, and stores what happened. */
@Command(
        name = "record",
        description = {
            "Run a model without cache and with policies, and store inputs, outputs and skipped modules.",
            "",
            "'verify' replays the recording. In CI it fails the build when an export, a policy or ONNX Runtime changes the"
                    + " outputs or the decisions."
        },
        footer = {
            "",
            "Examples:",
            "  reprise record model.onnx --random 1 --steps 20 --policy fbc --set threshold=0.1 -o recording",
            "  reprise record model.bundle --inputs captured.safetensors --policy pab --policy taylorseer -o recording",
            "  reprise verify model.onnx --recording recording"
        })
public final class RecordCommand implements Callable<Integer> {
    @Mixin
    private Screen screen = new Screen();

    @Mixin
    private ProviderOptions provider = new ProviderOptions();

    @Mixin
    private IdentifierOptions identifiers = new IdentifierOptions();

    @Mixin
    private InputOptions inputs = new InputOptions();

    @Mixin
    private PolicyOptions policies = new PolicyOptions();

    @Parameters(paramLabel = "MODEL|BUNDLE", description = "An ONNX file, or a folder that 'optimize' wrote.")
    private Path model = Path.of("");

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "DIR",
            description = "The folder to write; it must not exist, or be empty.")
    private Path output = Path.of("");

    @Override
    public Integer call() {
        NewFolder.requireFree(output);
        inputs.requireSource();
        List<PolicyChoice> choices = policies.choices().stream()
                .filter(choice ->
                        !choice.type().id().equals(PolicyCatalogue.type("none").id()))
                .toList();
        SessionSettings settings = provider.settings(screen);
        try (Progress progress = screen.progress()) {
            progress.phase("cutting and loading " + model);
            try (OpenBundle bundle = OpenBundle.of(model, identifiers.cutOptions());
                    CachedTransformer loaded = CachedTransformer.open(bundle.path(), settings)) {
                InputSource source = inputs.source(loaded.manifest(), identifiers.dimensions());
                new Recorder(loaded, source, progress).record(choices, output);
                print(source.steps(), choices);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return ExitCode.OK;
    }

    private void print(int steps, List<PolicyChoice> choices) {
        screen.show(() -> json(steps, choices), out -> {
            String titles =
                    String.join(", ", choices.stream().map(PolicyChoice::title).toList());
            out.println("Wrote " + output + ": " + steps + " steps without cache"
                    + (choices.isEmpty() ? "." : " and with " + titles + "."));
        });
    }

    /** {@code docs/schema/record.schema.json}. */
    private ObjectNode json(int steps, List<PolicyChoice> choices) {
        ObjectNode json = Json.document();
        json.put("recording", output.toString());
        json.put("steps", steps);
        ArrayNode recorded = json.putArray("policies");
        for (PolicyChoice choice : choices) {
            recorded.addObject().put("name", choice.label()).set("configuration", choice.json());
        }
        return json;
    }
}
