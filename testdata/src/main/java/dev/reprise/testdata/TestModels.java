package dev.reprise.testdata;

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

/**
 * The models and recordings of this module as files, because ONNX Runtime and weight ranges want files: straight from the class
 * folder, or from a temporary copy when they are inside a jar. The copy goes away with the process.
 */
public final class TestModels {
    private static final String GOLDEN = "golden";

    private TestModels() {}

    /** The trained digits model: {@code torchscript.onnx}, {@code classifier.onnx}, {@code captions.safetensors}. */
    public static Path digits() {
        return folder("digits");
    }

    /** Tiny export of one architecture: its models beside {@code recording.json} and {@code recording.safetensors}. */
    public static Path golden(String architecture) {
        return folder(GOLDEN + "/" + architecture);
    }

    /** What {@link #golden} knows, in alphabetical order. */
    public static List<String> architectures() {
        return read(root -> children(root.resolve(GOLDEN)).stream()
                .map(path -> path.getFileName().toString())
                .toList());
    }

    /** Every tiny model of every architecture, in alphabetical order. */
    public static List<Path> goldenModels() {
        return architectures().stream()
                .flatMap(architecture -> children(golden(architecture)).stream())
                .filter(path -> path.toString().endsWith(".onnx"))
                .toList();
    }

    private static Path folder(String name) {
        Path origin = origin();
        if (Files.isDirectory(origin)) {
            return requireFolder(resources(origin).resolve(name));
        }
        return read(root -> Unpacked.copy(requireFolder(root.resolve(name)), name));
    }

    private static <T> T read(Reading<T> reading) {
        Path origin = origin();
        try {
            if (Files.isDirectory(origin)) {
                return reading.from(resources(origin));
            }
            try (FileSystem jar = FileSystems.newFileSystem(origin)) {
                return reading.from(resources(jar.getPath("/")));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path resources(Path root) {
        return root.resolve("dev/reprise/testdata");
    }

    private static Path origin() {
        try {
            return Path.of(TestModels.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException("the class path of the test data is no file", e);
        }
    }

    private static Path requireFolder(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new UncheckedIOException(new NoSuchFileException(folder.toString(), null, "no such test data"));
        }
        return folder;
    }

    private static List<Path> children(Path folder) {
        try (Stream<Path> children = Files.list(folder)) {
            return children.sorted(Comparator.comparing(Path::toString)).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private interface Reading<T> {
        T from(Path resources) throws IOException;
    }

    /** Copies out of the jar, one folder for the whole process. */
    private static final class Unpacked {
        private static final Path FOLDER = create();

        private Unpacked() {}

        static synchronized Path copy(Path source, String name) throws IOException {
            Path target = FOLDER.resolve(name);
            if (!Files.exists(target)) {
                Files.createDirectories(target);
                for (Path file : children(source)) {
                    Files.copy(file, target.resolve(file.getFileName().toString()));
                }
            }
            return target;
        }

        private static Path create() {
            try {
                Path folder = Files.createTempDirectory("reprise-testdata");
                Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
                return folder;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
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
}
