package dev.reprise.optimizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.bundle.BlockChain;
import dev.reprise.optimizer.api.CutOptions;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No stage of a cut recurses along the graph: 20,000 nodes in a row once overflowed the stack. */
class DeepGraphTest {
    private static final int DEEP = 20_000;

    @TempDir
    private Path temp;

    @Test
    void cutsGraphsOfAnyDepth() throws IOException {
        TinyModel model = new TinyModel()
                .input("hidden_states")
                .weight("w")
                .named("/proj_in/MatMul", "MatMul", "x", "hidden_states", "w")
                .named("/blocks.0/attn/to_q/MatMul", "MatMul", "q", "x", "w")
                .named("/blocks.0/attn/to_k/MatMul", "MatMul", "k", "x", "w")
                .named("/blocks.0/attn/to_v/MatMul", "MatMul", "v0", "x", "w");
        for (int i = 1; i < DEEP; i++) {
            model.named("/blocks.0/attn/Identity_" + i, "Identity", "v" + i, "v" + (i - 1));
        }
        model.named("/blocks.0/attn/MatMul", "MatMul", "scores", "q", "k")
                .named("/blocks.0/attn/Softmax", "Softmax", "weights", "scores")
                .named("/blocks.0/attn/MatMul_1", "MatMul", "attn", "weights", "v" + (DEEP - 1))
                .named("/blocks.0/Add", "Add", "h1", "x", "attn")
                .named("/proj_out/MatMul", "MatMul", "y", "h1", "w")
                .output("y")
                .write(temp);
        CutModel cut = Optimizer.cut(temp.resolve("tiny.onnx"), CutOptions.DEFAULTS);
        BlockChain chain = cut.manifest().chain();
        assertThat(chain).isNotNull();
        assertThat(chain.blocks()).containsExactly(new BlockChain.Block("blocks.0", "h1", null));
    }
}
