package dev.reprise.ort.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProviderNamesTest {
    @Test
    void providersWithTheirDevices() {
        assertThat(ExecutionProvider.parse("cpu")).isEqualTo(new CpuProvider());
        assertThat(ExecutionProvider.parse("cuda")).isEqualTo(new CudaProvider(0, Map.of()));
        assertThat(ExecutionProvider.parse("cuda:3")).isEqualTo(new CudaProvider(3, Map.of()));
        assertThat(ExecutionProvider.parse("tensorrt:1")).isEqualTo(new TensorRtProvider(1, Map.of()));
        assertThat(ExecutionProvider.parse("webgpu")).isEqualTo(new WebGpuProvider(Map.of()));
    }

    @Test
    void librariesAreRegisteredUnderTheirFilesNames() {
        assertThat(ExecutionProvider.parse("/opt/libopenvino_plugin.so"))
                .isEqualTo(new PluginProvider("openvino_plugin", Path.of("/opt/libopenvino_plugin.so"), 0, Map.of()));
        assertThat(ExecutionProvider.parse("plugins/cuda.so.1:2"))
                .isEqualTo(new PluginProvider("cuda", Path.of("plugins/cuda.so.1"), 2, Map.of()));
        assertThat(ExecutionProvider.parse("qnn.dll"))
                .isEqualTo(new PluginProvider("qnn", Path.of("qnn.dll"), 0, Map.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "cuda:0", "cuda:12", "tensorrt:0", "webgpu", "/opt/libx.so", "/opt/libx.so:1"})
    void namesReadBack(String name) {
        assertThat(ExecutionProvider.parse(name).name()).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "gpu",
                "CPU",
                "cpu:0",
                "webgpu:1",
                "cuda:",
                "cuda:-1",
                "cuda:x",
                "cuda:9999999999",
                "/",
                "lib.so",
                "a\0/b"
            })
    void anythingElseIsRefusedByName(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ExecutionProvider.parse(name))
                .withMessage("provider must be cpu, cuda[:DEVICE], tensorrt[:DEVICE], webgpu or the path of a provider"
                        + " library, was '" + name + "'");
    }
}
