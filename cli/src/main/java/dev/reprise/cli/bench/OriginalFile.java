package dev.reprise.cli.bench;

import dev.reprise.cli.command.CommandException;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.model.OnnxModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The file that a bundle was cut from. */
public final class OriginalFile {
    private OriginalFile() {}

    /** Where the bundle's weights are; empty where the file is not there any more. */
    public static Optional<Path> besideWeights(Path bundle, Manifest manifest) {
        Path file = place(bundle, manifest);
        return Files.isRegularFile(file) ? Optional.of(checked(file, manifest)) : Optional.empty();
    }

    static Path place(Path bundle, Manifest manifest) {
        return bundle.resolve(manifest.weights().directory())
                .resolve(manifest.provenance().sourceFile())
                .normalize();
    }

    /** The file itself, when the bundle was cut from it. */
    static Path checked(Path file, Manifest manifest) {
        String hash = OnnxModel.read(file).hash();
        if (!hash.equals(manifest.provenance().sourceHash())) {
            throw CommandException.invalid(file + ": not the model that the bundle was cut from: expected hash "
                    + manifest.provenance().sourceHash() + ", found " + hash);
        }
        return file;
    }
}
