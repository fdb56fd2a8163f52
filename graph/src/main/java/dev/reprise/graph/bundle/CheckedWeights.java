package dev.reprise.graph.bundle;

import dev.reprise.graph.InvalidModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The weight files of a bundle as they were when it was opened. Sessions open later, and each reads its weights then: ask
 * {@link #requireUnchanged} before every one, so that no session mixes the weights of two files.
 *
 * <p>To replace weights under a running process, write the new file under another name and rename it over the old one. Sessions that
 * are open keep the old file; the next one that would open is refused. A file that is overwritten or truncated in place can end the
 * process: ONNX Runtime maps it into memory.
 */
public final class CheckedWeights {
    private final Path folder;
    private final List<Stamp> stamps;

    private CheckedWeights(Path folder, List<Stamp> stamps) {
        this.folder = folder;
        this.stamps = List.copyOf(stamps);
    }

    /**
     * What changes when a file is replaced or written.
     *
     * @param key inode and device where the file system has them
     */
    private record Stamp(
            Path file,
            long size,
            FileTime modified,
            @Nullable Object key) {
        static Stamp of(Path file) {
            try {
                BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                return new Stamp(file, attributes.size(), attributes.lastModifiedTime(), attributes.fileKey());
            } catch (IOException e) {
                throw new InvalidModelException(file + ": cannot be read: " + e, e);
            }
        }
    }

    static CheckedWeights of(Path folder, List<Path> files) {
        List<Stamp> stamps = new ArrayList<>();
        files.forEach(file -> stamps.add(Stamp.of(file)));
        return new CheckedWeights(folder, stamps);
    }

    /** The real path of their folder, which the segments' external data resolves against. */
    public Path folder() {
        return folder;
    }

    /**
     * Checks that every file still is the one that was checked, by size, time and inode; reads no content.
     *
     * @throws InvalidModelException naming the file that was replaced, changed or deleted
     */
    public void requireUnchanged() {
        for (Stamp before : stamps) {
            Stamp now = Stamp.of(before.file());
            if (!now.equals(before)) {
                throw new InvalidModelException(
                        before.file() + ": the weights changed while the bundle is open: expected " + describe(before)
                                + ", found " + describe(now) + "; close the model and open it again");
            }
        }
    }

    private static String describe(Stamp stamp) {
        return stamp.size() + " bytes of " + stamp.modified() + (stamp.key() == null ? "" : " " + stamp.key());
    }
}
