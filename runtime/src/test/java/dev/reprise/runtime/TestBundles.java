package dev.reprise.runtime;

import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Models of the test data, cut. */
public final class TestBundles {
    private TestBundles() {}

    /** Cuts a model into a new folder below {@code folder}. */
    public static Path cut(Path model, Path folder) {
        try {
            Path bundle = Files.createTempDirectory(folder, "bundle").resolve("cut");
            return Optimizer.cut(model, CutOptions.DEFAULTS).write(bundle);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
