package dev.reprise.graph.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Writes a file under a short name beside its place and renames it, so that no reader ever sees half of it. */
public final class WholeFile {
    private WholeFile() {}

    /** Writes or replaces a file. Where it is a symbolic link, the file that the link points to is written and the link stays. */
    public static void write(Path file, byte[] content) throws IOException {
        Path place = Files.exists(file) ? file.toRealPath() : file;
        Path unfinished = place.resolveSibling(StagedFolder.hiddenName());
        try {
            Files.write(unfinished, content);
            Files.move(unfinished, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }
}
