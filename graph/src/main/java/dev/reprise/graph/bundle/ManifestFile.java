package dev.reprise.graph.bundle;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.files.WholeFile;
import dev.reprise.graph.json.JsonFile;
import dev.reprise.graph.model.Folder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The manifest as a JSON file in its bundle. */
public final class ManifestFile {
    public static final String NAME = "manifest.json";

    private ManifestFile() {}

    /**
     * Reads the manifest of a bundle and checks that its parts fit together and its segment files are there. The weights are
     * {@link WeightCheck}'s.
     *
     * @throws InvalidModelException in one line: which file, where, what was expected and found
     */
    public static Manifest read(Path bundle) {
        Path file = bundle.resolve(NAME);
        if (!Files.isDirectory(bundle)) {
            throw new InvalidModelException(bundle
                    + (Files.exists(bundle) ? ": expected a bundle (a folder), found a file" : ": no such bundle"));
        }
        if (!Files.exists(file)) {
            throw new InvalidModelException(bundle + ": not a bundle: it has no " + NAME);
        }
        byte[] content = JsonFile.content(file);
        JsonNode tree = JsonFile.parse(file, content);
        try {
            version(tree);
        } catch (InvalidModelException e) {
            throw new InvalidModelException(file + ": " + e.getMessage(), e);
        }
        Manifest manifest = JsonFile.record(file, content, Manifest.class);
        try {
            ManifestCheck.check(manifest);
            Folder folder = Folder.of(bundle);
            manifest.segments().forEach(segment -> folder.file(segment.file()));
            manifest.rewritten().forEach(faster -> folder.file(faster.file()));
            if (manifest.quantization() != null) {
                manifest.quantization().segments().forEach(quantized -> folder.file(quantized.file()));
            }
            if (manifest.defaults() != null) {
                folder.file(manifest.defaults().file());
            }
            return manifest;
        } catch (InvalidModelException e) {
            throw new InvalidModelException(file + ": " + e.getMessage(), e);
        }
    }

    /**
     * Writes the manifest into a bundle, whole or not at all.
     *
     * @throws InvalidModelException when its parts do not fit together, or {@link #read} would refuse it: a name is too long
     * @throws UncheckedIOException when it cannot be written
     */
    public static void write(Manifest manifest, Path bundle) {
        ManifestCheck.check(manifest);
        Path file = bundle.resolve(NAME);
        try {
            byte[] content = JsonFile.bytes(manifest);
            JsonFile.parse(file, content);
            WholeFile.write(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Told before anything else: what else would be reported about a newer format is only its consequence. */
    private static void version(JsonNode tree) {
        JsonNode version = tree.get("version");
        if (version == null || !version.isIntegralNumber()) {
            throw new InvalidModelException("not a manifest: it has no field 'version' with a whole number");
        }
        if (version.longValue() > Manifest.VERSION) {
            throw new InvalidModelException("manifest version " + version + " is newer than " + Manifest.VERSION
                    + ", which this build reads; use the Reprise that wrote it, or optimize the model again");
        }
        if (version.longValue() < Manifest.VERSION) {
            throw new InvalidModelException("manifest version " + version + " is older than " + Manifest.VERSION
                    + ", which this build reads; optimize the model again");
        }
    }
}
