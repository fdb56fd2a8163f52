package dev.reprise.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtProvider;
import dev.reprise.ort.OrtProcess;
import dev.reprise.ort.OrtRuntime;
import dev.reprise.ort.api.SessionConfig;
import dev.reprise.ort.provider.CudaRequirements;
import dev.reprise.ort.provider.ProviderUnavailableException;
import dev.reprise.runtime.api.SessionSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProviderTest {
    @TempDir
    private Path folder;

    @Test
    void theJarWithoutCudaIsNamed() {
        assumeFalse(OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA));
        TinyModel model = TinyModel.write(folder);
        assertThatThrownBy(() -> CachedTransformer.open(model.bundle(), SessionSettings.cuda(0, Map.of())))
                .isInstanceOf(ProviderUnavailableException.class)
                .hasMessageStartingWith("CUDA is not in this ONNX Runtime jar")
                .hasMessageContaining("onnxruntime_gpu");
    }

    @Test
    void missingLibrariesAreFound() throws IOException {
        Path cache = folder.resolve("ld.so.cache");
        Files.write(
                cache,
                "\u0001libcuda.so.1\0libcudart.so.12\0libcurand.so.10\0libcublasLt.so.12\0libcublas.so.12\0"
                        .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
        Files.createFile(folder.resolve("libcufft.so.11"));
        assertThat(CudaRequirements.missing("/nowhere::" + folder, cache)).containsExactly("libcudnn.so.9");
        assertThat(CudaRequirements.missing("", folder.resolve("none"))).isEmpty();
    }

    @Test
    void threadsOfAnotherNumberThanTheSharedPoolAreTheSessionsOwn() {
        OrtRuntime runtime = new OrtRuntime(0);
        assertThat(OrtProcess.current()).isSameAs(OrtProcess.start(3));
        assertThat(runtime.sharesThreads(SessionConfig.cpu().withThreads(7))).isFalse();
        TinyModel model = TinyModel.write(folder);
        try (CachedTransformer transformer =
                CachedTransformer.open(model.bundle(), SessionSettings.cpu().withThreads(7))) {
            assertThat(transformer.manifest().segments()).hasSize(TinyModel.SEGMENTS);
        }
    }
}
