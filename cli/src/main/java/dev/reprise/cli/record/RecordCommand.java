package dev.reprise.cli.record;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.cli.command.Screen;
import dev.reprise.cli.inputs.InputSource;
import dev.reprise.cli.inputs.ModelOptions;
import dev.reprise.cli.model.NewFolder;
import dev.reprise.cli.policies.PolicyChoice;
import dev.reprise.cli.policies.PolicyOptions;
import dev.reprise.cli.text.Json;
import java.nio.file.Path;
import java.util.List;
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
    private ModelOptions model = new ModelOptions();

    @Mixin
    private PolicyOptions policies = new PolicyOptions();

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "DIR",
            description = "The folder to write; it must not exist, or be empty.")
    private Path output = Path.of("");

    @Override
    public Integer call() {
        NewFolder.requireFree(output);
        model.inputs().requireSource();
        List<PolicyChoice> choices = policies.choices().stream()
                .filter(choice ->
                        !choice.type().id().equals(PolicyCatalogue.type("none").id()))
                .toList();
        int steps = model.open(screen, (open, progress) -> {
            InputSource source = model.source(open.manifest());
            new Recorder(open.transformer(), source, progress).record(choices, output);
            return source.steps();
        });
        print(steps, choices);
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
