package dev.reprise.cli.model;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the model is that speedups refer to. */
public final class OriginalOption {
    @Option(
            names = "--original",
            paramLabel = "MODEL",
            description = "The file that the bundle was cut from: speedups refer to it, in a plain session with default"
                    + " options and the same threads. Default: where the bundle's weights are")
    private @Nullable Path file;

    /** Null where nobody said. */
    public @Nullable Path file() {
        return file;
    }
}
