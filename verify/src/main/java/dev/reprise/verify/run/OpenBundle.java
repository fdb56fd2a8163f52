package dev.reprise.verify.run;

import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.NearestNames;
import dev.reprise.graph.bundle.ManifestFile;
import dev.reprise.graph.files.StagedFolder;
import dev.reprise.optimizer.CutModel;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.optimizer.api.UnsupportedModelException;
import dev.reprise.optimizer.api.Warning;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
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
            requireDimensions(modelOrBundle, options);
            return new OpenBundle(modelOrBundle, List.of(), null);
        }
        if (!Files.exists(modelOrBundle)) {
            throw new InvalidModelException(modelOrBundle + ": no such file or folder");
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
     * The same, cut at further modules where the model has them.
     *
     * @param modules expressions for parts of their paths
     */
    public static OpenBundle of(Path modelOrBundle, CutOptions options, Set<String> modules) {
        if (Files.isDirectory(modelOrBundle) || modules.isEmpty()) {
            return of(modelOrBundle, options);
        }
        List<String> all = new ArrayList<>(options.modules());
        all.add(modules.stream().map(module -> "(?:" + module + ")").collect(Collectors.joining("|")));
        try {
            return of(modelOrBundle, options.withModules(all));
        } catch (UnsupportedModelException e) {
            // No module has such a name: the policies will say so, the others can be replayed.
            return of(modelOrBundle, options);
        }
    }

    /**
     * Checks that nobody asks for other cuts of a bundle: it is cut already.
     *
     * @throws UnsupportedModelException otherwise
     */
    public static void requireUncut(Path bundle, CutOptions options) {
        if (!options.blockLists().isEmpty() || !options.modules().isEmpty() || options.timestep() != null) {
            throw new UnsupportedModelException(
                    "block lists and modules can be named for a model file, found the bundle " + bundle
                            + ", which is cut already");
        }
    }

    /** Dimensions are for generated inputs. One that no input has would change nothing without a word. */
    private static void requireDimensions(Path bundle, CutOptions options) {
        if (options.dimensions().isEmpty()) {
            return;
        }
        Set<String> known = new LinkedHashSet<>();
        ManifestFile.read(bundle).inputs().forEach(input -> known.addAll(input.dimensionNames()));
        known.remove("");
        for (String name : options.dimensions().keySet()) {
            if (!known.contains(name)) {
                throw new UnsupportedModelException(bundle + " has no dynamic dimension '" + name + "'; it has " + known
                        + NearestNames.question(name, known));
            }
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
