package dev.reprise.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.reprise.ort.OrtProcess;
import dev.reprise.ort.OrtRuntime;
import dev.reprise.ort.api.SessionConfig;
import dev.reprise.ort.provider.ExecutionProvider;
import dev.reprise.ort.provider.ProviderUnavailableException;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Summary;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProviderTest {
    private static final ExecutionProvider CUDA = ExecutionProvider.parse("cuda:0");
    private static final ExecutionProvider NO_LIBRARY = ExecutionProvider.parse("/no/libplugin.so");

    @TempDir
    private Path folder;

    @Test
    void theJarWithoutCudaIsNamed() {
        assumeFalse(CUDA.isCompiledIn(), "this ONNX Runtime has CUDA");
        TinyModel model = TinyModel.write(folder);
        assertThatThrownBy(() -> CachedTransformer.open(model.bundle(), SessionSettings.cuda(0, Map.of())))
                .isInstanceOf(ProviderUnavailableException.class)
                .hasMessageStartingWith("execution provider cuda:0 cannot be used: the ONNX Runtime of this process")
                .hasMessageContaining("onnxruntime_gpu");
    }

    @Test
    void aFallbackIsUsedAndReported() {
        assumeFalse(CUDA.isCompiledIn(), "this ONNX Runtime has CUDA");
        TinyModel model = TinyModel.write(folder);
        SessionSettings settings =
                SessionSettings.on(CUDA).withFallback(NO_LIBRARY).withFallback(ExecutionProvider.parse("cpu"));
        try (CachedTransformer transformer = CachedTransformer.open(model.bundle(), settings)) {
            Summary summary = transformer.summary();
            assertThat(summary.runsOn()).startsWith("cpu, ");
            assertThat(summary.warnings())
                    .containsExactly(
                            "execution provider cuda:0 cannot be used: the ONNX Runtime of this process does not have it;"
                                    + " it needs " + CUDA.needs() + "; cpu is used instead",
                            "execution provider " + NO_LIBRARY.name() + " cannot be used: the file is missing;"
                                    + " give the path of a provider library; cpu is used instead");
        }
    }

    @Test
    void withoutAUsableProviderEachSaysWhy() {
        assumeFalse(CUDA.isCompiledIn(), "this ONNX Runtime has CUDA");
        TinyModel model = TinyModel.write(folder);
        SessionSettings settings = SessionSettings.on(CUDA).withFallback(NO_LIBRARY);
        assertThatThrownBy(() -> CachedTransformer.open(model.bundle(), settings))
                .isInstanceOf(ProviderUnavailableException.class)
                .hasMessageContaining("execution provider cuda:0 cannot be used")
                .hasMessageContaining("execution provider " + NO_LIBRARY.name() + " cannot be used");
    }

    @Test
    void theNumberOfThreadsIsResolvedAndReported() {
        TinyModel model = TinyModel.write(folder);
        int cores = Runtime.getRuntime().availableProcessors();
        try (CachedTransformer all = CachedTransformer.open(model.bundle(), SessionSettings.cpu());
                CachedTransformer one = CachedTransformer.open(
                        model.bundle(), SessionSettings.cpu().withThreads(1))) {
            assertThat(all.summary().runsOn()).isEqualTo("cpu, " + cores + (cores == 1 ? " thread" : " threads"));
            assertThat(one.summary().runsOn()).isEqualTo("cpu, 1 thread");
        }
        assertThat(new OrtRuntime(0).sharesThreads(SessionConfig.cpu().withThreads(cores)))
                .isEqualTo(new OrtRuntime(0).sharesThreads(SessionConfig.cpu()));
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
