package dev.reprise.ort.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProviderChoiceTest {
    private static final ExecutionProvider CUDA = new CudaProvider(0, Map.of());
    private static final ExecutionProvider WEBGPU = new WebGpuProvider(Map.of());
    private static final ExecutionProvider CPU = new CpuProvider();

    private static void onlyTheCpu(ExecutionProvider provider) {
        if (!provider.equals(CPU)) {
            throw new ProviderUnavailableException(provider, "not here", "go on", null);
        }
    }

    @Test
    void theFirstUsableOneIsTakenAndTheOthersAreReported() {
        ProviderChoice choice = ProviderChoice.of(List.of(CUDA, CPU, WEBGPU), ProviderChoiceTest::onlyTheCpu);

        assertThat(choice.provider()).isEqualTo(CPU);
        assertThat(choice.warnings())
                .containsExactly("execution provider cuda:0 cannot be used: not here; go on; cpu is used instead");
    }

    @Test
    void theUsableFirstOneLeavesNothingToReport() {
        assertThat(ProviderChoice.of(List.of(CPU, CUDA), ProviderChoiceTest::onlyTheCpu))
                .isEqualTo(new ProviderChoice(CPU, List.of()));
    }

    @Test
    void whereNoneIsUsableEachSaysWhy() {
        assertThatThrownBy(() -> ProviderChoice.of(List.of(CUDA, WEBGPU), ProviderChoiceTest::onlyTheCpu))
                .isInstanceOf(ProviderUnavailableException.class)
                .hasMessage("execution provider cuda:0 cannot be used: not here; go on;"
                        + " execution provider webgpu cannot be used: not here; go on");
        assertThatThrownBy(() -> ProviderChoice.of(List.of(CUDA), ProviderChoiceTest::onlyTheCpu))
                .hasMessage("execution provider cuda:0 cannot be used: not here; go on");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ProviderChoice.of(List.of(), ProviderChoiceTest::onlyTheCpu));
    }
}
