package dev.reprise.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.reprise.ort.provider.CpuProvider;
import dev.reprise.ort.provider.CudaProvider;
import dev.reprise.ort.provider.ProviderUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is noted about machines that are not this one. */
class FindingsTest {
    private static final long GB = 1_000_000_000L;

    private static final CudaProvider CUDA = new CudaProvider(0, Map.of());

    private static ProviderFacts cuda(boolean compiledIn, boolean requested) {
        return new ProviderFacts(
                CUDA,
                compiledIn,
                new ProviderUnavailableException(
                        CUDA, "libraries not found: libcudart.so.12", "it needs CUDA 12", null),
                requested);
    }

    private static OrtFacts ort(List<String> jars, boolean nativeLayer) {
        ProviderFacts cpu = new ProviderFacts(new CpuProvider(), true, null, true);
        return new OrtFacts("1.29.0", null, jars, List.of(cpu), List.of(), nativeLayer, "because", 2);
    }

    @Test
    void aProviderThatWasAskedForIsAnError() {
        assertThat(cuda(false, true).finding())
                .contains(new Finding(
                        Finding.Severity.ERROR,
                        "providers",
                        "cuda:0 cannot be used: libraries not found: libcudart.so.12",
                        "it needs CUDA 12"));
    }

    @Test
    void aProviderThatIsThereAndDoesNotWorkIsAWarning() {
        assertThat(cuda(true, false).finding()).map(Finding::severity).contains(Finding.Severity.WARNING);
        assertThat(cuda(false, false).finding()).isEmpty();
    }

    @Test
    void twoJarsAreAnError() {
        assertThat(ort(List.of("a.jar"), true).findings()).isEmpty();
        assertThat(ort(List.of("a.jar", "b.jar"), true).findings())
                .extracting(Finding::severity, Finding::message)
                .containsExactly(
                        tuple(Finding.Severity.ERROR, "ONNX Runtime is on the class path 2 times: a.jar, b.jar"));
    }

    @Test
    void aMissingNativeLayerIsAWarning() {
        assertThat(ort(List.of("a.jar"), false).findings())
                .extracting(Finding::severity, Finding::message)
                .containsExactly(tuple(
                        Finding.Severity.WARNING,
                        "ONNX Runtime's C API is not used: because; sessions share neither an arena nor weights"));
    }

    @Test
    void theHeapLeavesRoomForWeights() {
        assertThat(new MemoryFacts(2 * GB, 16 * GB, null, GB).findings()).isEmpty();
        assertThat(new MemoryFacts(9 * GB, 16 * GB, null, GB).findings())
                .extracting(Finding::message)
                .containsExactly("the Java heap may take 9.00 GB of 16.0 GB");
        assertThat(new MemoryFacts(2 * GB, 16 * GB, 3 * GB, GB).findings())
                .extracting(Finding::message)
                .containsExactly("the Java heap may take 2.00 GB of 3.00 GB");
        assertThat(new MemoryFacts(GB / 10, 16 * GB, null, GB).findings())
                .extracting(Finding::message)
                .containsExactly("the Java heap is limited to 100 MB");
    }

    @Test
    void threadsFitTheCores() {
        assertThat(new ThreadFacts(4, 2, 4).findings()).isEmpty();
        assertThat(new ThreadFacts(4, null, 8).findings())
                .extracting(Finding::advice)
                .containsExactly("use --threads 4 or fewer");
        assertThat(new ThreadFacts(4, 4, null).findings())
                .extracting(Finding::message)
                .containsExactly("sessions share no thread pool: other code of this process made ONNX Runtime's"
                        + " environment");
    }

    @Test
    void fileNamesInAnotherEncodingAreAWarning() {
        assertThat(new TextFacts("en", "UTF-8", "UTF-8").findings()).isEmpty();
        assertThat(new TextFacts("en", "UTF-8", "ANSI_X3.4-1968").findings())
                .extracting(Finding::advice)
                .containsExactly("set LC_ALL=C.UTF-8, or start with ./reprise, which does");
        assertThat(new TextFacts("en", "UTF-8", "unheard of").findings()).hasSize(1);
    }

    @Test
    void theDriversVersionIsRead(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("version"), """
                NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  550.54.15  Release Build  Tue Mar  5
                GCC version:  gcc version 12.2.0
                """);
        assertThat(Versions.driver(file)).isEqualTo("550.54.15");
        assertThat(Versions.driver(folder.resolve("none"))).isNull();
    }
}
