package dev.reprise.runtime.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.ort.NativeTensors;
import dev.reprise.runtime.api.InvalidInputException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InputCheckTest {
    private static final TensorSpec LATENTS = input("latents", List.of(-1L, 4L), "batch", "");
    private static final TensorSpec TEXT = input("text", List.of(-1L, -1L), "batch", "tokens");
    private static final TensorSpec MASK = input("mask", List.of(-1L, -1L), "batch", "tokens");

    private final List<OnnxTensor> made = new ArrayList<>();

    @AfterEach
    void close() {
        made.forEach(OnnxTensor::close);
    }

    @Test
    void dimensionsOfOneNameAgree() {
        InputCheck check = new InputCheck(List.of(LATENTS, TEXT, MASK), Map.of(), tensor -> false);

        assertThat(check.check(Map.of("latents", tensor(2, 4), "text", tensor(2, 7), "mask", tensor(2, 7))))
                .hasSize(3);
        assertThatThrownBy(
                        () -> check.check(Map.of("latents", tensor(2, 4), "text", tensor(1, 7), "mask", tensor(2, 7))))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage(
                        "input 'text' must be FLOAT[batch, tokens] with batch 2, as 'latents' has it, found FLOAT[1, 7]");
        assertThatThrownBy(
                        () -> check.check(Map.of("latents", tensor(2, 4), "text", tensor(2, 7), "mask", tensor(2, 8))))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage(
                        "input 'mask' must be FLOAT[batch, tokens] with tokens 7, as 'text' has it, found FLOAT[2, 8]");
    }

    @Test
    void anEmptyBatchIsASizeToo() {
        InputCheck check = new InputCheck(List.of(LATENTS, TEXT), Map.of(), tensor -> false);

        assertThatThrownBy(() -> check.check(Map.of("latents", tensor(0, 4), "text", tensor(1, 7))))
                .hasMessageContaining("with batch 0, as 'latents' has it");
    }

    @Test
    void aDefaultNeedNotAgree() {
        InputCheck check = new InputCheck(List.of(LATENTS, TEXT), Map.of("text", tensor(1, 7)), tensor -> false);

        assertThat(check.check(Map.of("latents", tensor(2, 4)))).hasSize(2);
    }

    @Test
    void namesAreSuggested() {
        InputCheck check = new InputCheck(List.of(LATENTS, TEXT), Map.of("text", tensor(1, 7)), tensor -> false);

        assertThatThrownBy(() -> check.check(Map.of("latents", tensor(2, 4), "txt", tensor(2, 7))))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("input 'txt' is unknown; the model expects latents FLOAT[batch, 4]")
                .hasMessageEndingWith("; did you mean 'text'?");
    }

    private static TensorSpec input(String name, List<Long> shape, String... dimensions) {
        return new TensorSpec(name, ElementType.FLOAT, shape, Arrays.asList(dimensions), null);
    }

    private OnnxTensor tensor(long... shape) {
        List<Long> dimensions = Arrays.stream(shape).boxed().toList();
        int bytes = Math.toIntExact(dimensions.stream().reduce(1L, (a, b) -> a * b) * Float.BYTES);
        OnnxTensor tensor =
                NativeTensors.toNative(new StoredTensor(ElementType.FLOAT, dimensions, ByteBuffer.allocate(bytes)));
        made.add(tensor);
        return tensor;
    }
}
