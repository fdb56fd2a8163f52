package dev.reprise.graph.bundle;

import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.model.OnnxModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The file that a bundle was cut from. */
public final class OriginalFile {
    private OriginalFile() {}

    /**
     * Where the bundle's weights are; empty where the file is not there any more.
     *
     * @throws InvalidModelException when the file there is another model
     */
    public static Optional<Path> find(Path bundle, Manifest manifest) {
        Path file = place(bundle, manifest);
        return Files.isRegularFile(file) ? Optional.of(require(file, manifest)) : Optional.empty();
    }

    /** Where it was when the bundle was written. */
    public static Path place(Path bundle, Manifest manifest) {
        return bundle.resolve(manifest.weights().directory())
                .resolve(manifest.provenance().sourceFile())
                .normalize();
    }

    /**
     * The file itself.
     *
     * @throws InvalidModelException when the bundle was cut from another one
     */
    public static Path require(Path file, Manifest manifest) {
        String hash = OnnxModel.read(file).hash();
        if (!hash.equals(manifest.provenance().sourceHash())) {
            throw new InvalidModelException(file + ": not the model that the bundle was cut from: expected hash "
                    + manifest.provenance().sourceHash() + ", found " + hash);
        }
        return file;
    }
}
