package dev.reprise.optimizer.locate;

import static dev.reprise.optimizer.locate.SmallGraphs.withInputs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.Graph;
import dev.reprise.graph.ModulePath;
import dev.reprise.graph.Value;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.optimizer.TinyModel;
import dev.reprise.optimizer.operators.Dependence;
import dev.reprise.optimizer.paths.ModulePaths;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModuleBoundaryTest {
    @TempDir
    private Path temp;

    @Test
    void outputsLeaveTheModuleAndDependOnItsCore() throws IOException {
        LocatedModule module = module(withInputs("x")
                .named("/blocks.0/attn/Neg", "Neg", "shared", "x")
                .named("/blocks.0/attn/MatMul", "MatMul", "core", "shared", "w")
                .named("/blocks.0/attn/Exp", "Exp", "inner", "core")
                .named("/blocks.0/attn/Tanh", "Tanh", "out", "inner")
                .named("/blocks.0/Add", "Add", "y", "out", "shared"));
        assertThat(module.inputs()).extracting(Value::name).containsExactly("x");
        assertThat(module.outputs()).extracting(Value::name).containsExactly("out");
    }

    @Test
    void aValueOfWhichOnlyTheShapeIsReadIsNoOutput() throws IOException {
        LocatedModule module = module(withInputs("x")
                .named("/blocks.0/attn/MatMul", "MatMul", "core", "x", "w")
                .named("/Shape", "Shape", "shape", "core")
                .named("/Reshape", "Reshape", "y", "x", "shape"));
        assertThat(module.outputs()).isEmpty();
    }

    @Test
    void anOutputOfTheModelIsOneOfTheModuleToo() throws IOException {
        LocatedModule module = module(withInputs("x")
                .named("/blocks.0/attn/MatMul", "MatMul", "y", "x", "w")
                .named("/blocks.0/attn/Neg", "Neg", "unused", "y"));
        assertThat(module.outputs()).extracting(Value::name).containsExactly("y");
    }

    private LocatedModule module(TinyModel tiny) throws IOException {
        Graph graph = tiny.output("y").write(temp).graph();
        ModulePaths paths = ModulePaths.read(graph);
        return new ModuleBoundary(paths, new Dependence(graph))
                .of(
                        ModulePath.of("blocks.0.attn"),
                        ModuleKind.SELF_ATTENTION,
                        graph.nodes().stream().filter(node -> node.is("MatMul")).toList());
    }
}
