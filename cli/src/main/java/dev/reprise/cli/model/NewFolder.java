package dev.reprise.cli.model;

import dev.reprise.cli.command.CommandException;
import dev.reprise.graph.files.FreeFolder;
import dev.reprise.graph.files.WholeFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Folders and files that commands write. */
public final class NewFolder {
    private NewFolder() {}

    /**
     * Checks that a folder can be written, before long work and not after it.
     *
     * @throws CommandException when there is something else
     */
    public static void requireFree(Path folder) {
        try {
            FreeFolder.require(folder);
        } catch (FileAlreadyExistsException e) {
            throw CommandException.usage("output " + folder + ": " + e.getReason());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Creates a folder with its parents; one that exists is fine. */
    public static void create(Path folder) {
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw CommandException.usage("output " + folder + " must be a folder, found a file");
        }
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Checks that the folder of a file exists: told before long work, not after it.
     *
     * @throws CommandException otherwise
     */
    public static void requireParent(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw CommandException.usage(
                    "output " + file + " must be in an existing folder, found no folder " + folder);
        }
    }

    /** Writes a text file, whole or not at all. */
    public static void write(Path file, String text) {
        write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Writes a file, whole or not at all. */
    public static void write(Path file, byte[] content) {
        try {
            WholeFile.write(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
