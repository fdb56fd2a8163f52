package dev.reprise.cli.playground;

import dev.reprise.cli.command.CommandException;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.cli.command.Screen;
import dev.reprise.cli.model.ProviderOptions;
import dev.reprise.cli.text.Progress;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.verify.text.Json;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code reprise playground}: policies on a local page. */
@Command(
        name = "playground",
        description = {
            "Try cache policies on a local web page: draw with a small trained model, with and without a cache, step by step.",
            "",
            "Prints the page's address and serves it until Ctrl-C. Only this machine can reach it, and only with the token in the"
                    + " address."
        },
        footer = {
            "",
            "Examples:",
            "  reprise playground",
            "  reprise playground --port 8080",
            "  reprise playground digits.bundle     # cut in your own way"
        })
public final class PlaygroundCommand implements Callable<Integer> {
    private static final int LAST_PORT = 65_535;

    @Mixin
    private Screen screen = new Screen();

    @Mixin
    private ProviderOptions provider = new ProviderOptions();

    @Parameters(
            arity = "0..1",
            paramLabel = "BUNDLE",
            description = "A bundle cut from one of the demo's models. Default: both models, cut here")
    private @Nullable Path bundle;

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "0",
            description = "The port to listen on; 0 for any that is free. Default: ${DEFAULT-VALUE}")
    private int port;

    @Override
    public Integer call() throws InterruptedException {
        if (port < 0 || port > LAST_PORT) {
            throw CommandException.usage("--port must be in [0, " + LAST_PORT + "], was " + port);
        }
        SessionSettings settings = provider.settings(screen);
        try (Playground playground = open(settings);
                PlaygroundServer server = PlaygroundServer.start(playground, port);
                Termination termination = new Termination()) {
            screen.show(() -> Json.document().put("address", server.address()), out -> {
                out.println("Playground: " + server.address());
                out.println("Open it in a browser on this machine. Ctrl-C ends it.");
            });
            screen.out().flush();
            termination.await();
        }
        return ExitCode.OK;
    }

    private Playground open(SessionSettings settings) {
        try (Progress progress = screen.progress()) {
            progress.phase("opening the model");
            return Playground.open(bundle, settings);
        }
    }
}
