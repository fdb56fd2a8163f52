package dev.reprise.graph.model;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.bundle.ManifestFile;
import dev.reprise.graph.recording.Safetensors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever a file contains, reading it works or throws {@link InvalidModelException}. The normal build replays the seeds. To
 * search on from them, one method at a time:
 * {@code JAZZER_FUZZ=1 mvn -pl graph -am test -Dtest='FileReadersFuzzTest#model' -Djazzer.hooks=true}
 */
class FileReadersFuzzTest {
    @TempDir
    private static Path folder;

    static Stream<byte[]> model() {
        return Stream.of(
                new byte[0],
                ModelFiles.add().build().toByteArray(),
                ModelFiles.nested(3).build().toByteArray(),
                ModelFiles.withWeight(ModelFiles.external("fuzzed", "0", null))
                        .build()
                        .toByteArray());
    }

    @MethodSource
    @FuzzTest(maxDuration = "60s")
    void model(byte[] content) throws IOException {
        read(content, "fuzzed", OnnxModel::read);
    }

    static Stream<byte[]> manifest() {
        return Stream.of(
                        "{}",
                        "{\"version\": 1, \"provenance\": {}, \"inputs\": [{\"name\": \"x\", \"shape\": [1, null]}]}")
                .map(text -> text.getBytes(StandardCharsets.UTF_8));
    }

    @MethodSource
    @FuzzTest(maxDuration = "60s")
    void manifest(byte[] content) throws IOException {
        read(content, ManifestFile.NAME, file -> ManifestFile.read(folder));
    }

    static Stream<byte[]> safetensors() {
        return Stream.of(
                        "\2\0\0\0\0\0\0\0{}",
                        "\72\0\0\0\0\0\0\0{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}        1234")
                .map(text -> text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @MethodSource
    @FuzzTest(maxDuration = "60s")
    void safetensors(byte[] content) throws IOException {
        read(content, "fuzzed", file -> {
            Safetensors read = Safetensors.read(file);
            read.names().forEach(read::tensor);
        });
    }

    private static void read(byte[] content, String name, Consumer<Path> reader) throws IOException {
        Path file = Files.write(folder.resolve(name), content);
        try {
            reader.accept(file);
        } catch (InvalidModelException e) {
            if (e.getMessage().contains("\n")) {
                throw new AssertionError("more than one line", e);
            }
        }
    }
}
