package dev.reprise.verify.run;

import com.google.common.base.Suppliers;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.OriginalFile;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.OriginalModel;
import dev.reprise.runtime.api.SessionSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What every speedup refers to: the model that a bundle was cut from, in a plain session with ONNX Runtime's default options and the
 * same threads. It is read and opened when somebody first compares with it.
 */
public final class Original implements AutoCloseable {
    private final Supplier<Optional<Path>> file;
    private final Path place;
    private final SessionSettings settings;
    private @Nullable OriginalModel opened;

    private Original(Supplier<Optional<Path>> file, Path place, SessionSettings settings) {
        this.file = file;
        this.place = place;
        this.settings = settings;
    }

    /**
     * The original of a model.
     *
     * @param given the model as it was given: a file is its own original
     * @param named where the file is, null where nobody said
     * @param bundle the bundle that is run
     * @throws InvalidModelException when the bundle was cut from another file than the named one
     */
    public static Original of(
            Path given, @Nullable Path named, Path bundle, Manifest manifest, SessionSettings settings) {
        Path place = OriginalFile.place(bundle, manifest);
        if (named != null) {
            Path required = OriginalFile.require(named, manifest);
            return new Original(() -> Optional.of(required), place, settings);
        }
        return Files.isRegularFile(given)
                ? new Original(() -> Optional.of(given), given, settings)
                : new Original(Suppliers.memoize(() -> OriginalFile.find(bundle, manifest)), place, settings);
    }

    /**
     * Its file, empty where that is no longer there.
     *
     * @throws InvalidModelException when the file there is another model: the first call reads all of it
     */
    public Optional<Path> file() {
        return file.get();
    }

    /** What to say where it is not there. */
    public String missing() {
        return "the original model is no longer at " + place + "; say where it is with --original";
    }

    /**
     * Opened, until this is closed.
     *
     * @throws InvalidModelException when it is not there, or cannot be opened
     */
    public OriginalModel model() {
        if (opened == null) {
            Path there =
                    file().orElseThrow(() -> new InvalidModelException("a speedup needs the original: " + missing()));
            opened = OriginalModel.openPlain(there, settings);
        }
        return opened;
    }

    /** How much faster a generation is. */
    public PairedSpeedup speedupOf(CachedTransformer cached, InputSource source) {
        return PairedSpeedup.of(model(), cached, source);
    }

    @Override
    public void close() {
        if (opened != null) {
            opened.close();
            opened = null;
        }
    }
}
