package dev.reprise.testdata;

import dev.reprise.demo.ResourceFolders;
import java.nio.file.Path;
import java.util.List;

/** The models and recordings of this module, as files. */
public final class TestModels {
    private static final ResourceFolders RESOURCES = new ResourceFolders(TestModels.class);
    private static final String GOLDEN = "golden";

    private TestModels() {}

    /** Tiny export of one architecture: its models beside {@code recording.json} and {@code recording.safetensors}. */
    public static Path golden(String architecture) {
        return RESOURCES.folder(GOLDEN + "/" + architecture);
    }

    /** What {@link #golden} knows, in alphabetical order. */
    public static List<String> architectures() {
        return RESOURCES.names(GOLDEN);
    }

    /** Every tiny model of every architecture, in alphabetical order. */
    public static List<Path> goldenModels() {
        return architectures().stream()
                .flatMap(architecture -> RESOURCES.names(GOLDEN + "/" + architecture).stream()
                        .filter(name -> name.endsWith(".onnx"))
                        .map(golden(architecture)::resolve))
                .toList();
    }
}
