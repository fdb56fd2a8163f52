package dev.reprise.testdata;

import dev.reprise.demo.ResourceFolders;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The models and recordings of this module, as files. */
public final class TestModels {
    private static final ResourceFolders RESOURCES = new ResourceFolders(TestModels.class);
    private static final String GOLDEN = "golden";
    private static final String FOREIGN = "foreign";
    private static final String UNETS = "unets";
    private static final String HOSTS = "hosts";
    private static final String PUBLISHED = "published";
    private static final String PIPELINES = "pipelines";

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
        return models(GOLDEN);
    }

    /** Tiny exports of another code base than diffusers, beside a recording of the plain formulas. */
    public static Path foreign(String codeBase) {
        return RESOURCES.folder(FOREIGN + "/" + codeBase);
    }

    /** Every model of every other code base, in alphabetical order. */
    public static List<Path> foreignModels() {
        return models(FOREIGN);
    }

    /** Tiny UNet in the layout of a well-known one, beside a recording: {@code sd15}. */
    public static Path unet(String layout) {
        return RESOURCES.folder(UNETS + "/" + layout);
    }

    /** Every UNet, in alphabetical order. */
    public static List<Path> unetModels() {
        return models(UNETS);
    }

    /** Tiny encoders and decoders, which denoise nothing. */
    public static Path host(String model) {
        return RESOURCES.folder(HOSTS + "/" + model);
    }

    /**
     * What the Python of {@code docs/recordings.md} wrote of a generation, beside that Python: {@code flux} is a pipeline of diffusers whose
     * transformer has the architecture of {@link #golden}.
     */
    public static Path pipeline(String name) {
        return RESOURCES.folder(PIPELINES + "/" + name);
    }

    /** Tiny exports beside recordings of what the public code of cache methods computed, in alphabetical order. */
    public static List<Path> publishedModels() {
        return models(PUBLISHED);
    }

    /**
     * Models from outside: all ONNX files below the folders that {@code -Dreprise.zoo=FOLDER[:FOLDER…]} names, in alphabetical order
     * of each. Without the property the test's own ones.
     */
    public static List<Path> zooOr(List<Path> own) {
        String zoo = System.getProperty("reprise.zoo");
        if (zoo == null) {
            return own;
        }
        List<Path> models = new ArrayList<>();
        for (String folder : zoo.split(File.pathSeparator, -1)) {
            try (Stream<Path> files = Files.walk(Path.of(folder))) {
                files.filter(file -> file.toString().endsWith(".onnx")).sorted().forEach(models::add);
            } catch (IOException e) {
                throw new UncheckedIOException("reprise.zoo: " + folder + " cannot be read", e);
            }
        }
        return models;
    }

    private static List<Path> models(String kind) {
        return RESOURCES.names(kind).stream()
                .map(name -> kind + "/" + name)
                .flatMap(folder -> RESOURCES.names(folder).stream()
                        .filter(name -> name.endsWith(".onnx"))
                        .map(RESOURCES.folder(folder)::resolve))
                .toList();
    }
}
