package dev.reprise.graph.model;

import dev.reprise.graph.InvalidModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** The folder that file names in a model or a manifest resolve against: nothing outside of it can be named. */
public final class Folder {
    private final Path path;

    private Folder(Path path) {
        this.path = path;
    }

    /**
     * The folder at this path.
     *
     * @throws InvalidModelException when there is none
     */
    public static Folder of(Path path) {
        if (!Files.isDirectory(path)) {
            throw new InvalidModelException(
                    path + (Files.exists(path) ? ": expected a folder, found a file" : ": no such folder"));
        }
        try {
            return new Folder(path.toRealPath());
        } catch (IOException e) {
            throw new InvalidModelException(path + ": cannot be read: " + e, e);
        }
    }

    /** Its real path. */
    public Path path() {
        return path;
    }

    /**
     * The file of this name.
     *
     * @throws InvalidModelException when the name or a symbolic link leaves the folder, or there is no such file
     */
    public Path file(String name) {
        requireInside(name);
        Path file = path.resolve(name);
        if (!Files.exists(file)) {
            throw new InvalidModelException("file '" + name + "' is missing in " + path);
        }
        try {
            Path real = file.toRealPath();
            if (!real.startsWith(path)) {
                throw new InvalidModelException(
                        "file '" + name + "' is a link that leaves " + path + ": it points to " + real);
            }
            if (!Files.isRegularFile(real)) {
                throw new InvalidModelException("file '" + name + "' in " + path + " is no regular file");
            }
            return real;
        } catch (IOException e) {
            throw new InvalidModelException("file '" + name + "' in " + path + " cannot be read: " + e, e);
        }
    }

    /**
     * Checks that a name stays in the folder it is resolved against, whether or not the file exists.
     *
     * @throws InvalidModelException when it is empty, absolute or contains ".."
     */
    public static void requireInside(String name) {
        Path relative;
        try {
            relative = Path.of(name);
        } catch (InvalidPathException e) {
            throw new InvalidModelException("file name '" + name + "' is no valid path", e);
        }
        boolean upwards = false;
        // Backslashes and drive letters are paths where the bundle may be opened next.
        for (String part : name.split("[/\\\\]", -1)) {
            upwards |= part.equals("..");
        }
        boolean rooted =
                relative.isAbsolute() || name.startsWith("/") || name.startsWith("\\") || name.matches("^[A-Za-z]:.*");
        if (name.isBlank() || upwards || rooted) {
            throw new InvalidModelException(
                    "file name '" + name + "' must be a relative path inside the folder, without '..'");
        }
    }
}
