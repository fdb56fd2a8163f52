package dev.reprise.cli.memory;

import dev.reprise.cli.command.ExitCode;
import dev.reprise.cli.command.Screen;
import dev.reprise.cli.inputs.ModelOptions;
import dev.reprise.cli.measure.PeakMemory;
import dev.reprise.cli.policies.PolicyOptions;
import dev.reprise.graph.bundle.ManifestFile;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.OriginalModel;
import dev.reprise.runtime.api.DenoisingModel;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.verify.run.InputSource;
import dev.reprise.verify.run.Playback;
import dev.reprise.verify.run.PolicyChoice;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs a few steps one way and prints the process's peak memory in bytes. {@code bench} starts it in processes of its own. */
@Command(name = "measure-memory", hidden = true, description = "Print the peak memory of a few steps.")
public final class MemoryCommand implements Callable<Integer> {
    @Mixin
    private Screen screen = new Screen();

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private PolicyOptions policies = new PolicyOptions();

    @Option(names = "--original", paramLabel = "MODEL", description = "Run this model in place of the bundle.")
    private @Nullable Path original;

    @Override
    public Integer call() {
        InputSource source = model.source(ManifestFile.read(model.model()));
        try (DenoisingModel opened = open()) {
            Playback.run(opened, source, (step, outputs) -> {});
        }
        screen.out().println(PeakMemory.ofThisProcess().orElse(0));
        return ExitCode.OK;
    }

    private DenoisingModel open() {
        SessionSettings settings = model.settings(screen);
        if (original != null) {
            return OriginalModel.openPlain(original, settings);
        }
        CachedTransformer transformer = CachedTransformer.open(model.model(), settings);
        for (PolicyChoice choice : policies.choices()) {
            transformer.enableCache(choice.policy());
        }
        return transformer;
    }
}
