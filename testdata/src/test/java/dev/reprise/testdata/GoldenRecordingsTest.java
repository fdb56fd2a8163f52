package dev.reprise.testdata;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.demo.DemoModels;
import dev.reprise.graph.recording.Recording;
import dev.reprise.graph.recording.RecordingDescription;
import dev.reprise.graph.recording.Safetensors;
import dev.reprise.graph.recording.StoredTensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GoldenRecordingsTest {
    static List<String> architectures() {
        return TestModels.architectures();
    }

    @ParameterizedTest
    @MethodSource("architectures")
    void isCompleteAndHasItsModels(String architecture) {
        Recording recording = Recording.read(TestModels.golden(architecture));
        RecordingDescription description = recording.description();

        assertThat(description.models().keySet())
                .isNotEmpty()
                .allSatisfy(label -> assertThat(recording.model(label)).isRegularFile());
        assertThat(description.blocks()).isNotEmpty();
        assertThat(description.attentionModules()).isNotEmpty();
        for (int step = 0; step < description.steps(); step++) {
            assertThat(recording.inputs(step)).containsKey(description.varyingInput());
            StoredTensor uncached = recording.output(step, Recording.UNCACHED);
            for (String policy : description.policies().keySet()) {
                assertThat(recording.output(step, policy).shape()).isEqualTo(uncached.shape());
            }
        }
    }

    @Test
    void readsTheCaptionsOfTheDigits() {
        StoredTensor captions = Safetensors.read(DemoModels.digits().resolve("captions.safetensors"))
                .tensor("captions");

        assertThat(captions.shape()).containsExactly(11L, 4L, 32L);
    }
}
