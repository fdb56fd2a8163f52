package dev.reprise.optimizer.locate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.Graph;
import dev.reprise.graph.ModulePath;
import dev.reprise.graph.Value;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.optimizer.TinyModel;
import dev.reprise.optimizer.operators.Dependence;
import dev.reprise.optimizer.paths.ModulePaths;
import dev.reprise.optimizer.shapes.ShapePropagation;
import dev.reprise.optimizer.shapes.TensorTypes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StreamAdditionsTest {
    @TempDir
    private Path temp;

    @Test
    void findsHintsInOrder() throws IOException {
        List<String> added = between(blocks("s2")
                .named("/Neg", "Neg", "hint", "control")
                .named("/Add", "Add", "s1", "h1", "hint")
                .named("/Identity", "Identity", "copy", "s1")
                .named("/Add_1", "Add", "s2", "residual", "copy"));
        assertThat(added).containsExactly("hint", "residual");
    }

    @Test
    void findsNothingWhereTheNextBlockReadsTheOutputItself() throws IOException {
        assertThat(between(blocks("h1")
                        .named("/Add", "Add", "side", "h1", "control")
                        .output("side")))
                .isEmpty();
    }

    @Test
    void leavesOutWhatIsMadeOfTheBlocksOutput() throws IOException {
        assertThat(between(blocks("s1").named("/Neg", "Neg", "own", "h1").named("/Add", "Add", "s1", "h1", "own")))
                .isEmpty();
    }

    @Test
    void leavesOutWeightsAndOtherShapes() throws IOException {
        assertThat(between(blocks("s1").weight("w").named("/Add", "Add", "s1", "h1", "w")))
                .isEmpty();
        assertThat(between(blocks("s1")
                        .named("/ReduceMax", "ReduceMax", "scalar", "control")
                        .named("/Add", "Add", "s1", "h1", "scalar")))
                .isEmpty();
    }

    /** Two blocks of which the second reads {@code entering}. */
    private static TinyModel blocks(String entering) {
        return new TinyModel()
                .input("x")
                .input("control")
                .input("residual")
                .named("/blocks.0/Exp", "Exp", "h1", "x")
                .named("/blocks.1/Exp", "Exp", "h2", entering)
                .output("h2");
    }

    private List<String> between(TinyModel tiny) throws IOException {
        OnnxModel model = tiny.write(temp);
        Graph graph = model.graph();
        Dependence dependence = new Dependence(graph);
        ModulePaths paths = ModulePaths.read(graph);
        ModuleBoundary boundary = new ModuleBoundary(paths, dependence);
        ModulePath first = ModulePath.of("blocks.0");
        ModulePath second = ModulePath.of("blocks.1");
        List<LocatedModule> blocks = List.of(
                boundary.of(first, ModuleKind.TRANSFORMER_BLOCK, paths.nodesIn(first)),
                boundary.of(second, ModuleKind.TRANSFORMER_BLOCK, paths.nodesIn(second)));
        ShapePropagation shapes = new ShapePropagation(graph, TensorTypes.infer(model, Map.of()));
        return new StreamAdditions(dependence, shapes, blocks)
                .between(blocks.get(0).outputs().get(0), blocks.get(1)).stream()
                        .map(Value::name)
                        .toList();
    }
}
