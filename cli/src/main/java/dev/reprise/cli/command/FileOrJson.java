package dev.reprise.cli.command;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** The value of an option that is a file, or JSON on the command line. */
public final class FileOrJson {
    private static final long LARGEST_FILE = 16 << 20;

    private FileOrJson() {}

    /** Whether a value is JSON itself. */
    public static boolean isJson(String value) {
        return value.strip().startsWith("{");
    }

    /**
     * The JSON.
     *
     * @param option for messages: {@code --policy-config}
     */
    public static String read(String value, String option) {
        return isJson(value) ? value : content(value, option);
    }

    private static String content(String name, String option) {
        Path file;
        try {
            file = Path.of(name);
        } catch (InvalidPathException e) {
            throw CommandException.usage(option + " must be a file or a JSON object, was '" + name + "'");
        }
        if (!Files.isRegularFile(file)) {
            throw CommandException.usage(option + " must be a file or a JSON object, found no file '" + name + "'");
        }
        try {
            if (Files.size(file) > LARGEST_FILE) {
                throw CommandException.usage(name + ": " + option + " takes a file of at most " + (LARGEST_FILE >> 20)
                        + " MiB, found " + Files.size(file) + " bytes");
            }
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
