package dev.reprise.graph.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reprise.graph.InvalidModelException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightCheckTest {
    @TempDir
    private Path temp;

    private Path folder;
    private Path bundle;
    private Path file;
    private WeightFiles weights;

    @BeforeEach
    void weights() throws IOException {
        folder = temp.toRealPath();
        bundle = Files.createDirectory(folder.resolve("bundle"));
        file = Files.writeString(folder.resolve("model.onnx"), "123456789");
        weights = new WeightFiles("..", WeightCheck.fingerprint(folder, List.of("model.onnx")));
    }

    @Test
    void computesTheCheckValueOfCrc32c() {
        // The check value that every description of CRC-32C lists for the digits 1 to 9.
        assertThat(weights.files().get(0).crc32c()).isEqualTo(0xe3069283L);
        assertThat(weights.files().get(0).size()).isEqualTo(9);
    }

    @Test
    void acceptsUnchangedFiles() {
        assertThat(WeightCheck.check(bundle, weights).folder()).isEqualTo(folder);
    }

    @Test
    void acceptsSameContentWithAnotherTime() throws IOException {
        Files.setLastModifiedTime(file, FileTime.fromMillis(1));

        assertThat(WeightCheck.check(bundle, weights).folder()).isEqualTo(folder);
    }

    @Test
    void refusesAnotherSize() throws IOException {
        Files.write(file, "1234".getBytes(StandardCharsets.US_ASCII));

        assertThatThrownBy(() -> WeightCheck.check(bundle, weights))
                .isInstanceOf(InvalidModelException.class)
                .hasMessage(
                        file + ": the weights changed since the bundle was written: expected 9 bytes, found 4 bytes; "
                                + "optimize the model again");
    }

    @Test
    void refusesOtherContent() throws IOException {
        Files.writeString(file, "123456780");
        Files.setLastModifiedTime(file, FileTime.fromMillis(1));

        assertThatThrownBy(() -> WeightCheck.check(bundle, weights))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageMatching(
                        ".*model.onnx: the weights changed since the bundle was written: expected CRC-32C e3069283, "
                                + "found CRC-32C [0-9a-f]{8}; optimize the model again");
    }

    @Test
    void refusesAMissingFileAndFolder() throws IOException {
        Files.delete(file);

        assertThatThrownBy(() -> WeightCheck.check(bundle, weights))
                .isInstanceOf(InvalidModelException.class)
                .hasMessage(bundle + ": weights: file 'model.onnx' is missing in " + folder);
        assertThatThrownBy(() -> WeightCheck.check(bundle, new WeightFiles("../gone", weights.files())))
                .isInstanceOf(InvalidModelException.class)
                .hasMessage(bundle + ": the folder of the weights: " + bundle.resolve("../gone") + ": no such folder");
    }

    @Test
    void refusesNamesAndLinksThatLeaveTheFolder() throws IOException {
        Path link = Files.createSymbolicLink(bundle.resolve("link.onnx"), file);

        assertThatThrownBy(() -> WeightCheck.fingerprint(bundle, List.of("../model.onnx")))
                .isInstanceOf(InvalidModelException.class)
                .hasMessage("file name '../model.onnx' must be a relative path inside the folder, without '..'");
        assertThatThrownBy(() -> WeightCheck.fingerprint(bundle, List.of("link.onnx")))
                .isInstanceOf(InvalidModelException.class)
                .hasMessage("file 'link.onnx' is a link that leaves " + bundle + ": it points to " + file);
        assertThat(link).exists();
    }
}
