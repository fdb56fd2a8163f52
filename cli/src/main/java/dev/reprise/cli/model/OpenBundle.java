package dev.reprise.cli.model;

import dev.reprise.cli.command.CommandException;
import dev.reprise.graph.files.StagedFolder;
import dev.reprise.optimizer.CutModel;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.optimizer.api.Warning;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A bundle to run: one that was given, or a temporary one cut from the model file that was given. */
public final class OpenBundle implements AutoCloseable {
    private final Path bundle;
    private final List<Warning> warnings;
    private final @Nullable StagedFolder temporary;

    private OpenBundle(Path bundle, List<Warning> warnings, @Nullable StagedFolder temporary) {
        this.bundle = bundle;
        this.warnings = List.copyOf(warnings);
        this.temporary = temporary;
    }

    /** A bundle as it is, or a model file cut into a temporary folder. */
    public static OpenBundle of(Path modelOrBundle, CutOptions options) {
        if (Files.isDirectory(modelOrBundle)) {
            requireUncut(modelOrBundle, options);
            return new OpenBundle(modelOrBundle, List.of(), null);
        }
        if (!Files.exists(modelOrBundle)) {
            throw CommandException.invalid(modelOrBundle + ": no such file or folder");
        }
        CutModel cut = Optimizer.cut(modelOrBundle, options);
        StagedFolder folder;
        try {
            folder = StagedFolder.temporary();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try {
            return new OpenBundle(cut.write(folder.path().resolve("bundle")), cut.warnings(), folder);
        } catch (RuntimeException | Error e) {
            folder.close();
            throw e;
        }
    }

    /**
     * Checks that nobody asks for other cuts of a bundle: it is cut already.
     *
     * @throws CommandException otherwise
     */
    public static void requireUncut(Path bundle, CutOptions options) {
        if (!options.blockLists().isEmpty() || !options.modules().isEmpty() || options.timestep() != null) {
            throw CommandException.usage("--block-list, --module and --timestep need a model file, found the bundle "
                    + bundle + ", which is cut already");
        }
    }

    public Path path() {
        return bundle;
    }

    public List<Warning> warnings() {
        return warnings;
    }

    @Override
    public void close() {
        if (temporary != null) {
            temporary.close();
        }
    }
}
