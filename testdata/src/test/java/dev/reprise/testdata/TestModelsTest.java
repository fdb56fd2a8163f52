package dev.reprise.testdata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reprise.demo.DemoModels;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.Test;

class TestModelsTest {
    @Test
    void findsTheDigitsModel() {
        assertThat(DemoModels.digits().resolve("torchscript.onnx")).isRegularFile();
        assertThat(DemoModels.digits().resolve("classifier.onnx")).isRegularFile();
        assertThat(DemoModels.digits().resolve("captions.safetensors")).isRegularFile();
    }

    @Test
    void findsEveryArchitectureWithItsRecording() {
        assertThat(TestModels.architectures()).contains("cogvideox", "dit", "flux", "latte", "pixart", "sd3");
        assertThat(TestModels.architectures())
                .allSatisfy(architecture -> assertThat(
                                TestModels.golden(architecture).resolve("recording.json"))
                        .isRegularFile());
        assertThat(TestModels.goldenModels()).hasSizeGreaterThanOrEqualTo(18);
    }

    @Test
    void namesWhatItDoesNotHave() {
        assertThatThrownBy(() -> TestModels.golden("unet"))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("unet");
    }
}
