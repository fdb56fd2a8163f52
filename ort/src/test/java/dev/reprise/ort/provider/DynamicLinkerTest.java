package dev.reprise.ort.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class DynamicLinkerTest {
    @TempDir
    private Path folder;

    private Path onPath;
    private Path inCache;
    private DynamicLinker linker;

    @BeforeEach
    void libraries() throws IOException {
        onPath = Files.createDirectory(folder.resolve("path"));
        inCache = Files.createDirectory(folder.resolve("cached"));
        Path cache = folder.resolve("ld.so.cache");
        Files.write(
                cache,
                ("\1\2libcached.so.1\0" + inCache + "/libcached.so.1\0libgone.so\0/gone/libgone.so\0")
                        .getBytes(StandardCharsets.ISO_8859_1));
        linker = DynamicLinker.of("/nowhere::" + onPath, cache);
    }

    @Test
    void librariesAreFoundOnThePathAndThroughTheCache() throws IOException {
        Path first = library(onPath.resolve("libfirst.so.1"));
        Path cached = library(inCache.resolve("libcached.so.1"));

        assertThat(linker.find("libfirst.so.1")).contains(first);
        assertThat(linker.find("libcached.so.1")).contains(cached);
        // Listed, but deleted since.
        assertThat(linker.find("libgone.so")).isEmpty();
        // The end of another one's name.
        assertThat(linker.find("cached.so.1")).isEmpty();
    }

    @Test
    void everyMissingLibraryIsNamedThroughOthersToo() throws IOException {
        library(onPath.resolve("libfirst.so.1"), "libcached.so.1", "libdeep.so.2");
        library(inCache.resolve("libcached.so.1"), "libfirst.so.1");
        Path provider = library(folder.resolve("provider.so"), "libfirst.so.1", "libcublas.so.12");

        assertThat(linker.missing(provider)).containsExactly("libcublas.so.12", "libdeep.so.2");
    }

    @Test
    void aLibrarysOwnFoldersComeFirst() throws IOException {
        Path beside = Files.createDirectory(folder.resolve("beside"));
        library(beside.resolve("libown.so"));
        Path provider = folder.resolve("provider.so");
        Files.write(provider, Elf.library(List.of("libown.so"), "/nowhere:$ORIGIN/beside"));

        assertThat(linker.missing(provider)).isEmpty();
        assertThat(SharedLibrary.read(provider).folders()).containsExactly(Path.of("/nowhere"), beside);
    }

    @Test
    void theVersionIsInTheNameOfTheRealFile() throws IOException {
        library(onPath.resolve("libcudart.so.12.8.90"));
        Files.createSymbolicLink(onPath.resolve("libcudart.so.12"), Path.of("libcudart.so.12.8.90"));

        assertThat(linker.version("libcudart.so.12")).contains("12.8.90");
        assertThat(linker.version("libcudnn.so.9")).isEmpty();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void theLibrariesOfThisMachineAreFound() throws IOException {
        DynamicLinker process = DynamicLinker.ofProcess();
        Path cpp = process.find("libc.so.6").orElseThrow();

        assertThat(SharedLibrary.read(cpp).needed()).isNotEmpty();
        assertThat(process.missing(cpp)).isEmpty();
    }

    @Test
    void whatIsNoLibraryIsRefused() throws IOException {
        byte[] good = Elf.library(List.of("libx.so"), null);
        for (int length : new int[] {0, 10, 64, 100, 200, good.length - 1}) {
            Path cut = folder.resolve("cut" + length);
            Files.write(cut, Arrays.copyOf(good, length));
            assertThatThrownBy(() -> SharedLibrary.read(cut)).isInstanceOf(IOException.class);
            assertThat(linker.missing(cut)).isEmpty();
        }
        ByteBuffer huge = ByteBuffer.wrap(good.clone()).order(ByteOrder.LITTLE_ENDIAN);
        huge.putLong(32, Long.MAX_VALUE);
        Path file = folder.resolve("huge");
        Files.write(file, huge.array());
        assertThatThrownBy(() -> SharedLibrary.read(file)).isInstanceOf(IOException.class);
    }

    private static Path library(Path file, String... needed) throws IOException {
        return Files.write(file, Elf.library(List.of(needed), null));
    }
}
