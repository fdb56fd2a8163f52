package dev.reprise.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Folders of resources beside a class, as folders of files, because ONNX Runtime and weight ranges want files: straight from the class
 * folder, or from a temporary copy when they are inside a jar. The copy goes away with the process.
 */
public final class ResourceFolders {
    private final Path origin;
    private final String place;
    private @Nullable Path copies;

    /** @param beside the class whose package holds the folders */
    public ResourceFolders(Class<?> beside) {
        try {
            origin = Path.of(
                    beside.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException("the resources of " + beside.getName() + " are in no file", e);
        }
        place = beside.getPackageName().replace('.', '/');
    }

    /**
     * A folder of files.
     *
     * @throws UncheckedIOException when there is none of this name
     */
    public Path folder(String name) {
        if (Files.isDirectory(origin)) {
            return require(origin.resolve(place).resolve(name));
        }
        return inJar(root -> copy(require(root.resolve(name)), name));
    }

    /** The names in a folder, in alphabetical order. */
    public List<String> names(String name) {
        if (Files.isDirectory(origin)) {
            return names(require(origin.resolve(place).resolve(name)));
        }
        return inJar(root -> names(require(root.resolve(name))));
    }

    private interface Reading<T> {
        T from(Path root) throws IOException;
    }

    private <T> T inJar(Reading<T> reading) {
        try (FileSystem jar = FileSystems.newFileSystem(origin)) {
            return reading.from(jar.getPath("/").resolve(place));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path require(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new UncheckedIOException(new NoSuchFileException(folder.toString(), null, "no such resources"));
        }
        return folder;
    }

    private static List<String> names(Path folder) {
        return children(folder).stream()
                .map(path -> path.getFileName().toString())
                .toList();
    }

    private static List<Path> children(Path folder) {
        try (Stream<Path> children = Files.list(folder)) {
            return children.sorted(Comparator.comparing(Path::toString)).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private synchronized Path copy(Path source, String name) throws IOException {
        if (copies == null) {
            Path made = Files.createTempDirectory("reprise-resources");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(made)));
            copies = made;
        }
        Path target = copies.resolve(name);
        if (!Files.exists(target)) {
            Files.createDirectories(target);
            for (Path file : children(source)) {
                Files.copy(file, target.resolve(file.getFileName().toString()));
            }
        }
        return target;
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
