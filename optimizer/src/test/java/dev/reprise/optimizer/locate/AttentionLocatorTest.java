package dev.reprise.optimizer.locate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.Graph;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.optimizer.TinyModel;
import dev.reprise.optimizer.api.Warning;
import dev.reprise.optimizer.operators.Dependence;
import dev.reprise.optimizer.paths.ModulePaths;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AttentionLocatorTest {
    private static final int DEEP = 100_000;

    @TempDir
    private Path temp;

    @Test
    void followsProjectionsThroughGraphsOfAnyDepth() throws IOException {
        TinyModel deep = new TinyModel().input("x").weight("w");
        deep.named("/blocks.0/attn/to_q/MatMul", "MatMul", "q0", "x", "w")
                .named("/blocks.0/attn/to_k/MatMul", "MatMul", "k", "x", "w");
        for (int i = 1; i < DEEP; i++) {
            deep.named("/blocks.0/attn/Identity_" + i, "Identity", "q" + i, "q" + (i - 1));
        }
        deep.named("/blocks.0/attn/MatMul", "MatMul", "scores", "q" + (DEEP - 1), "k")
                .named("/blocks.0/attn/Softmax", "Softmax", "weights", "scores")
                .named("/blocks.0/attn/MatMul_1", "MatMul", "heads", "weights", "x")
                .named("/blocks.0/Add", "Add", "y", "x", "heads")
                .output("y");
        Graph graph = deep.write(temp).graph();
        ModulePaths paths = ModulePaths.read(graph);
        List<Warning> warnings = new ArrayList<>();
        List<LocatedModule> located =
                new AttentionLocator(graph, paths, new ModuleBorder(paths, new Dependence(graph)), warnings).locate();
        assertThat(warnings).isEmpty();
        assertThat(located).extracting(LocatedModule::kind).containsExactly(ModuleKind.SELF_ATTENTION);
    }
}
