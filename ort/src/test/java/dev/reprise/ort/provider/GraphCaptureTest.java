package dev.reprise.ort.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import org.junit.jupiter.api.Test;

class GraphCaptureTest {
    @Test
    void isRefusedByEveryProviderThatHasIt() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CudaProvider(0, Map.of("enable_cuda_graph", "1")))
                .withMessage(
                        "provider option enable_cuda_graph=1 captures a run for good, and stages get other tensors in every step;"
                                + " leave it out");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new WebGpuProvider(Map.of("enableGraphCapture", "1")))
                .withMessageContaining("enableGraphCapture=1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TensorRtProvider(0, Map.of("trt_cuda_graph_enable", "True")))
                .withMessageContaining("trt_cuda_graph_enable=True");
    }

    @Test
    void mayBeSaidToBeOff() {
        assertThat(new CudaProvider(0, Map.of("enable_cuda_graph", "0")).options())
                .containsKey("enable_cuda_graph");
    }
}
