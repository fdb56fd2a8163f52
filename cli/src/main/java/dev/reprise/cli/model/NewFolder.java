package dev.reprise.cli.model;

import dev.reprise.cli.CommandException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;

/** Folders and files that commands write. */
public final class NewFolder {
    private NewFolder() {}

    /**
     * Checks that a folder does not exist or is empty: told before long work, not after it.
     *
     * @throws CommandException otherwise
     */
    public static void requireFree(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        if (!Files.isDirectory(folder)) {
            throw CommandException.usage("output " + folder + " must be a new or empty folder, found a file");
        }
        try (Stream<Path> entries = Files.list(folder)) {
            if (entries.findAny().isPresent()) {
                throw CommandException.usage("output " + folder + " must be a new or empty folder, found files in it");
            }
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

    /** Writes a text file, whole or not at all. */
    public static void write(Path file, String text) {
        write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Writes a file, whole or not at all. */
    public static void write(Path file, byte[] content) {
        Path unfinished = file.resolveSibling("." + file.getFileName() + ".unfinished");
        try {
            try {
                Files.write(unfinished, content);
                Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(unfinished);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
