package dev.reprise.optimizer.rewrite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModulateNormTest {
    private static final int CHANNELS = 8;

    @TempDir
    private Path folder;

    @Test
    void firesOnANormWithoutScaleAndBias() throws Exception {
        RewriteRun run = run(1, 1, 0, false);
        assertThat(run.operators()).containsExactly("Neg", "LayerNormalization");
        assertThat(run.error()).isLessThan(1e-6);
    }

    @Test
    void foldsTheNormsOwnScaleAndBias() throws Exception {
        RewriteRun run = run(1, 0.7f, 0.2f, false);
        assertThat(run.operators()).containsExactly("Neg", "Mul", "Mul", "Add", "LayerNormalization");
        assertThat(run.error()).isLessThan(1e-6);
    }

    @Test
    void doesNotFireOnARowPerSample() throws Exception {
        assertThat(run(2, 1, 0, false).fired()).isFalse();
    }

    @Test
    void doesNotFireWhereTheNormIsReadElsewhereToo() throws Exception {
        assertThat(run(1, 1, 0, true).fired()).isFalse();
    }

    private RewriteRun run(long batch, float gamma, float beta, boolean readTwice) throws Exception {
        SmallSegment graph = new SmallSegment()
                .input("x", batch, 5, CHANNELS)
                .input("scale", batch, 1, CHANNELS)
                .input("shift", batch, 1, CHANNELS);
        String norm =
                graph.node("LayerNormalization", "x", graph.vector(gamma, CHANNELS), graph.vector(beta, CHANNELS));
        String computed = graph.node("Neg", "scale");
        String output = graph.node("Add", graph.node("Mul", norm, computed), "shift");
        List<String> outputs = readTwice ? List.of(output, norm) : List.of(output);
        return new RewriteRun(new ModulateNorm(), graph.write(folder, outputs, batch, 5, CHANNELS));
    }
}
