package dev.reprise.ort.provider;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The messages are those of ONNX Runtime 1.29. */
class ProviderFailureTest {
    private static final CudaProvider CUDA = new CudaProvider(7, Map.of());

    private static final String IN_SOURCE =
            "Error code - ORT_FAIL - message: /onnxruntime_src/onnxruntime/core/session/"
                    + "provider_bridge_ort.cc:1988 onnxruntime::Provider& onnxruntime::ProviderLibrary::Get() [ONNXRuntimeError]"
                    + " : 1 : FAIL : ";

    @TempDir
    private Path folder;

    private static ProviderUnavailableException failure(ExecutionProvider provider, String message) {
        return ProviderFailure.of(provider, new OrtException(message), new DynamicLinker(List.of(), ""));
    }

    private static String reason(ExecutionProvider provider, String message) {
        return failure(provider, message).reason();
    }

    @Test
    void aJarWithoutTheProvider() {
        String expected = "the ONNX Runtime of this process does not have it";
        assertThat(reason(CUDA, "Error code - ORT_EP_FAIL - message: Failed to find CUDA shared provider"))
                .isEqualTo(expected);
        assertThat(reason(
                        CUDA,
                        "Error code - ORT_INVALID_ARGUMENT - message: WebGPU execution provider is not"
                                + " supported in this build. "))
                .isEqualTo(expected);
        assertThat(failure(CUDA, "Error code - ORT_EP_FAIL - message: Failed to find CUDA shared provider"))
                .hasMessage("execution provider cuda:7 cannot be used: " + expected + "; it needs " + CUDA.needs())
                .hasMessageContaining("onnxruntime_gpu");
    }

    @Test
    void allMissingLibrariesNotOnlyTheFirst() throws IOException {
        Path library = folder.resolve("libonnxruntime_providers_cuda.so");
        Files.write(library, Elf.library(List.of("libcublasLt.so.12", "libcudart.so.12"), null));

        assertThat(reason(
                        CUDA,
                        IN_SOURCE + "Failed to load library " + library + " with error: libcublasLt.so.12: cannot"
                                + " open shared object file: No such file or directory\n"))
                .isEqualTo("libraries not found: libcublasLt.so.12, libcudart.so.12");
    }

    @Test
    void aLibraryThatIsNotThere() {
        assertThat(reason(
                        CUDA,
                        IN_SOURCE + "Failed to load library /no/such.so with error: /no/such.so: cannot open"
                                + " shared object file: No such file or directory"))
                .isEqualTo("/no/such.so: cannot open shared object file: No such file or directory");
    }

    @Test
    void aDeviceThatIsNotThere() {
        assertThat(reason(
                        CUDA,
                        "Error code - ORT_FAIL - message: /onnxruntime_src/onnxruntime/core/providers/cuda/"
                                + "cuda_call.cc:129 bool onnxruntime::CudaCall(int, const char*) CUDA failure 101: invalid"
                                + " device ordinal ; GPU=-1"))
                .isEqualTo("there is no such device: CUDA failure 101: invalid device ordinal ;" + " GPU=-1");
    }

    @Test
    void aMachineWithoutAGraphicsDriver() {
        WebGpuProvider webGpu = new WebGpuProvider(Map.of());
        assertThat(reason(
                        webGpu,
                        "Error code - ORT_FAIL - message: /onnxruntime_src/onnxruntime/core/providers/webgpu/"
                                + "webgpu_context.cc:100 onnxruntime::webgpu::WebGpuContext::Initialize(const"
                                + " onnxruntime::webgpu::WebGpuContextConfig&)::<lambda()> adapter_result.status =="
                                + " wgpu::RequestAdapterStatus::Success was false. Failed to get a WebGPU adapter: No supported"
                                + " adapters\n\n"))
                .isEqualTo("Failed to get a WebGPU adapter: No supported adapters");
    }
}
