package dev.reprise.graph.bundle;

import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.bundle.WeightFiles.WeightFile;
import dev.reprise.graph.model.Folder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Recognises the weight files of a bundle: segments that read another file's bytes would compute nonsense without any error. */
public final class WeightCheck {
    private WeightCheck() {}

    /**
     * Size, time and content hash of weight files.
     *
     * @param directory the folder of the files
     * @param names names relative to it
     * @return the files in the order given
     * @throws InvalidModelException when a name leaves the folder or a file is missing
     */
    public static List<WeightFile> fingerprint(Path directory, Collection<String> names) {
        Folder folder = Folder.of(directory);
        List<WeightFile> files = new ArrayList<>();
        for (String name : names) {
            files.add(fingerprint(folder, name));
        }
        return files;
    }

    /**
     * Checks that the weight files are the ones that a bundle was made for. Content is hashed only where size is as recorded and
     * time is not.
     *
     * @throws InvalidModelException when a file is missing or changed, naming it, what was expected and what was found
     */
    static CheckedWeights check(Path bundle, WeightFiles weights) {
        Folder folder;
        try {
            folder = Folder.of(bundle.resolve(weights.directory()));
        } catch (InvalidModelException e) {
            throw new InvalidModelException(bundle + ": the folder of the weights: " + e.getMessage(), e);
        }
        List<Path> files = new ArrayList<>();
        for (WeightFile file : weights.files()) {
            files.add(file(bundle, folder, file.name()));
        }
        // First, so that a file that changes while its content is read is noticed later.
        CheckedWeights checked = CheckedWeights.of(folder.path(), files);
        for (int i = 0; i < files.size(); i++) {
            check(files.get(i), weights.files().get(i));
        }
        return checked;
    }

    private static void check(Path file, WeightFile expected) {
        try {
            if (Files.size(file) != expected.size()) {
                throw changed(file, expected.size() + " bytes", Files.size(file) + " bytes");
            }
            if (Files.getLastModifiedTime(file).toMillis() != expected.modified()) {
                long crc32c = FileChecksum.crc32c(file);
                if (crc32c != expected.crc32c()) {
                    throw changed(file, "CRC-32C " + hex(expected.crc32c()), "CRC-32C " + hex(crc32c));
                }
            }
        } catch (IOException e) {
            throw new InvalidModelException(file + ": cannot be read: " + e, e);
        }
    }

    private static WeightFile fingerprint(Folder folder, String name) {
        Path file = folder.file(name);
        try {
            long size = Files.size(file);
            long modified = Files.getLastModifiedTime(file).toMillis();
            long crc32c = FileChecksum.crc32c(file);
            if (size != Files.size(file)
                    || modified != Files.getLastModifiedTime(file).toMillis()) {
                throw new InvalidModelException(file + ": the file changed while it was read");
            }
            return new WeightFile(name, size, modified, crc32c);
        } catch (IOException e) {
            throw new InvalidModelException(file + ": cannot be read: " + e, e);
        }
    }

    private static Path file(Path bundle, Folder folder, String name) {
        try {
            return folder.file(name);
        } catch (InvalidModelException e) {
            throw new InvalidModelException(bundle + ": weights: " + e.getMessage(), e);
        }
    }

    private static InvalidModelException changed(Path file, String expected, String found) {
        return new InvalidModelException(file + ": the weights changed since the bundle was written: expected "
                + expected + ", found " + found + "; optimize the model again");
    }

    private static String hex(long crc32c) {
        return String.format("%08x", crc32c);
    }
}
