package dev.reprise.verify.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.recording.StoredTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AlternatingBranchesTest {
    @Test
    void aPromptThatAlternatesIsFound() {
        List<Map<String, StoredTensor>> calls = new ArrayList<>();
        for (int call = 0; call < 6; call++) {
            calls.add(call(call / 2, call % 2));
        }

        assertThat(AlternatingBranches.of(calls))
                .hasValueSatisfying(inputs -> assertThat(inputs).containsExactly("prompt"));
        assertThat(AlternatingBranches.of(calls.subList(0, 5))).isEmpty();
    }

    @Test
    void oneBranchIsNot() {
        assertThat(AlternatingBranches.of(List.of(call(0, 0), call(1, 0), call(2, 0), call(3, 0))))
                .isEmpty();
    }

    /** A solver of second order: the second call has moved latents. */
    @Test
    void twoEvaluationsOfAStepAreNot() {
        assertThat(AlternatingBranches.of(List.of(call(0, 0), call(1, 1), call(2, 0), call(3, 1))))
                .isEmpty();
    }

    @Test
    void inputsThatNeverMoveAreNot() {
        assertThat(AlternatingBranches.of(List.of(call(0, 0), call(0, 1), call(0, 0), call(0, 1))))
                .isEmpty();
    }

    private static Map<String, StoredTensor> call(int latents, int prompt) {
        return Map.of("latents", tensor(latents), "prompt", tensor(prompt));
    }

    private static StoredTensor tensor(int value) {
        ByteBuffer data =
                ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN).putFloat(0, value);
        return new StoredTensor(ElementType.FLOAT, List.of(1L), data);
    }
}
