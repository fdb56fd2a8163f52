package dev.reprise.graph.files;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether a folder is free to be written. */
public final class FreeFolder {
    /** What a new file system has in its root. */
    private static final String FILE_SYSTEM_OWN = "lost+found";

    private FreeFolder() {}

    /**
     * Checks that a folder can be written: it does not exist and can be made, or is empty. Meant to be asked before long work.
     *
     * @throws FileAlreadyExistsException when there is something else
     * @throws IOException when it cannot be made: no permission, or a name that is too long
     */
    public static void require(Path target) throws IOException {
        if (!Files.exists(target)) {
            if (Files.isSymbolicLink(target)) {
                throw taken(target, "a link to nothing");
            }
            requireCreatable(target.toAbsolutePath().normalize());
        } else if (!Files.isDirectory(target)) {
            throw taken(target, "a file");
        } else {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(target)) {
                for (Path entry : entries) {
                    if (!StagedFolder.isHidden(entry) && !entry.endsWith(FILE_SYSTEM_OWN)) {
                        throw taken(target, "files in it");
                    }
                }
            }
        }
    }

    /** Makes the first folder that is missing, and deletes it again. */
    private static void requireCreatable(Path target) throws IOException {
        Path missing = target;
        for (Path parent = missing.getParent(); parent != null && !Files.exists(parent); parent = parent.getParent()) {
            missing = parent;
        }
        Files.delete(Files.createDirectory(missing));
    }

    static FileAlreadyExistsException taken(Path target, String found) {
        return new FileAlreadyExistsException(
                target.toString(), null, "expected a new or empty folder, found " + found);
    }
}
