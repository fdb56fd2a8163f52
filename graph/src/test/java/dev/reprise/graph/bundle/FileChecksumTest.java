package dev.reprise.graph.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileChecksumTest {
    private static final int SIZE = 3_000_001;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(longs = {1 << 16, 999_999, 1_000_001, 1_500_000, 3_000_000, SIZE, 1 << 26})
    void partsGiveTheChecksumOfTheWhole(long partBytes) throws IOException {
        byte[] content = new byte[SIZE];
        new Random(partBytes).nextBytes(content);
        CRC32C expected = new CRC32C();
        expected.update(content);
        Path file = Files.write(folder.resolve("weights.bin"), content);
        assertThat(FileChecksum.crc32c(file, partBytes)).isEqualTo(expected.getValue());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1024})
    void zerosCountToo(int size) throws IOException {
        byte[] content = new byte[size];
        CRC32C expected = new CRC32C();
        expected.update(content);
        Path file = Files.write(folder.resolve("weights.bin"), content);
        assertThat(FileChecksum.crc32c(file)).isEqualTo(expected.getValue());
    }
}
