package dev.reprise.optimizer.rewrite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is found; the numbers are those of {@code QuantizerTest}, which runs whole models. */
class QuantizeLayersTest {
    private static final int ROWS = 3;
    private static final int INPUTS = 128;
    private static final int OUTPUTS = 256;

    @TempDir
    private Path folder;

    /** Stores nothing: the weights have no content here. */
    private final QuantizeLayers quantize =
            new QuantizeLayers((weight, transposed, weightName, scaleName) -> Optional.of(new Int8Store.Stored(
                    weight.toBuilder().setName(weightName).build(),
                    weight.toBuilder().setName(scaleName).build())));

    private final SmallSegment graph = new SmallSegment().input("x", ROWS, INPUTS);

    @Test
    void firesOnAProductAndItsBias() throws Exception {
        String product = graph.node("MatMul", "x", graph.weight(folder, INPUTS, OUTPUTS));
        assertThat(operators(graph.node("Add", graph.vector(1, OUTPUTS), product)))
                .containsExactly("DynamicQuantizeMatMul");
        assertThat(quantize.multiplyAdds()).isEqualTo((long) ROWS * INPUTS * OUTPUTS);
    }

    @Test
    void firesOnAProductWithoutABias() throws Exception {
        String product = graph.node("MatMul", "x", graph.weight(folder, INPUTS, OUTPUTS));
        assertThat(operators(graph.node("Add", product, graph.number(1))))
                .containsExactly("DynamicQuantizeMatMul", "Add");
    }

    @Test
    void firesOnATransposedWeight() throws Exception {
        String turned = graph.transpose(graph.weight(folder, OUTPUTS, INPUTS), 1, 0);
        assertThat(operators(graph.node("MatMul", "x", turned))).containsExactly("DynamicQuantizeMatMul");
    }

    @Test
    void firesOnAGemm() throws Exception {
        String gemm = graph.node(
                "Gemm",
                List.of(SmallSegment.integer("transB", 1)),
                "x",
                graph.weight(folder, OUTPUTS, INPUTS),
                graph.vector(1, OUTPUTS));
        assertThat(operators(gemm)).containsExactly("DynamicQuantizeMatMul");
    }

    @Test
    void doesNotFireOnATransposedInput() throws Exception {
        graph.input("y", INPUTS, ROWS);
        String gemm = graph.node(
                "Gemm",
                List.of(SmallSegment.integer("transA", 1)),
                "y",
                graph.weight(folder, INPUTS, OUTPUTS),
                graph.vector(1, OUTPUTS));
        assertThat(operators(gemm)).containsExactly("Gemm");
    }

    @Test
    void doesNotFireOnASmallLayer() throws Exception {
        assertThat(new RewriteRun(
                                quantize,
                                graph.write(
                                        folder,
                                        List.of(graph.node("MatMul", "x", graph.weight(folder, INPUTS, 64))),
                                        ROWS,
                                        64))
                        .fired())
                .isFalse();
    }

    @Test
    void doesNotFireOnAProductOfTwoActivations() throws Exception {
        graph.input("y", INPUTS, OUTPUTS);
        assertThat(operators(graph.node("MatMul", "x", "y"))).containsExactly("MatMul");
    }

    private List<String> operators(String output) throws Exception {
        return new RewriteRun(quantize, graph.write(folder, List.of(output), ROWS, OUTPUTS)).operators();
    }
}
