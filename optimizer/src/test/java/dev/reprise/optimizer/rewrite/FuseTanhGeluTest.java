package dev.reprise.optimizer.rewrite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FuseTanhGeluTest {
    private static final double INNER = Math.sqrt(2 / Math.PI);
    private static final double CUBIC = 0.044715;

    @TempDir
    private Path folder;

    @Test
    void firesOnProductsAsTorchScriptWritesThem() throws Exception {
        SmallSegment graph = new SmallSegment().input("x", 2, 3, 8);
        String cube = graph.node("Mul", "x", graph.node("Mul", "x", "x"));
        String inner = graph.node("Add", "x", graph.node("Mul", graph.number(CUBIC), cube));
        String tanh = graph.node("Tanh", graph.node("Mul", graph.number(INNER), inner));
        String sum = graph.node("Add", graph.number(1), tanh);
        String output = graph.node("Mul", graph.number(0.5), graph.node("Mul", "x", sum));
        assertFuses(graph, output);
    }

    @Test
    void firesOnAPowerAndHalfFirst() throws Exception {
        SmallSegment graph = new SmallSegment().input("x", 2, 3, 8);
        String cube = graph.node("Pow", "x", graph.number(3));
        String inner = graph.node("Add", graph.node("Mul", cube, graph.number(CUBIC)), "x");
        String tanh = graph.node("Tanh", graph.node("Mul", inner, graph.number(INNER)));
        String half = graph.node("Mul", "x", graph.number(0.5));
        assertFuses(graph, graph.node("Mul", half, graph.node("Add", tanh, graph.number(1))));
    }

    @Test
    void firesOnTheSumTakenApart() throws Exception {
        SmallSegment graph = new SmallSegment().input("x", 2, 3, 8);
        String square = graph.node("Mul", graph.node("Mul", "x", "x"), graph.number(CUBIC));
        String sum = graph.node("Add", square, graph.number(1));
        String inner = graph.node("Mul", graph.node("Mul", "x", graph.number(INNER)), sum);
        String outer = graph.node("Add", graph.node("Tanh", inner), graph.number(1));
        assertFuses(graph, graph.node("Mul", graph.node("Div", "x", graph.number(2)), outer));
    }

    @Test
    void doesNotFireOnAnotherConstant() throws Exception {
        assertThat(run(0.0447, "x").fired()).isFalse();
    }

    @Test
    void doesNotFireWhereTheFactorIsAnotherTensor() throws Exception {
        assertThat(run(CUBIC, "y").fired()).isFalse();
        assertThat(run(CUBIC, "x").fired()).isTrue();
    }

    private RewriteRun run(double cubic, String factor) throws Exception {
        SmallSegment graph = new SmallSegment().input("x", 2, 3, 8).input("y", 2, 3, 8);
        String cube = graph.node("Pow", "x", graph.number(3));
        String inner = graph.node("Add", graph.node("Mul", cube, graph.number(cubic)), "x");
        String tanh = graph.node("Tanh", graph.node("Mul", inner, graph.number(INNER)));
        String half = graph.node("Mul", factor, graph.number(0.5));
        String output = graph.node("Mul", half, graph.node("Add", tanh, graph.number(1)));
        String read = graph.node("Add", output, "y");
        return new RewriteRun(new FuseTanhGelu(), graph.write(folder, List.of(read), 2, 3, 8));
    }

    private void assertFuses(SmallSegment graph, String output) throws Exception {
        RewriteRun run = new RewriteRun(new FuseTanhGelu(), graph.write(folder, List.of(output), 2, 3, 8));
        assertThat(run.operators()).containsExactly("FastGelu");
        assertThat(run.error()).isLessThan(1e-6);
    }
}
