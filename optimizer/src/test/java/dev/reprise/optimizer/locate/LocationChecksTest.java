package dev.reprise.optimizer.locate;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.ModulePath;
import dev.reprise.graph.Value;
import dev.reprise.graph.bundle.BlockChain;
import dev.reprise.graph.bundle.BlockChain.Block;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.optimizer.TinyModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every check, on what the locators find and on a location that is wrong. */
class LocationChecksTest {
    @TempDir
    private Path temp;

    private AnalyzedGraph graph;
    private Location located;

    @BeforeEach
    void locate() throws IOException {
        TinyModel model = SmallGraphs.withInputs("x");
        SmallGraphs.block(model, "/blocks.0", "x", "h1");
        SmallGraphs.block(model, "/blocks.1", "h1", "h2");
        model.named("/ReduceMax", "ReduceMax", "largest", "h2").named("/proj_out/MatMul", "MatMul", "y", "h2", "w");
        graph = SmallGraphs.analyze(model.output("y").output("largest", ElementType.FLOAT, 1, 1), temp);
        located = ModuleLocation.locate(graph);
    }

    @Test
    void nothingContradictsItselfInASoundLocation() {
        assertThat(located.chain()).isNotNull();
        assertThat(located.modules()).hasSize(7);
        assertThat(located.warnings()).isEmpty();
    }

    @Test
    void outputsThatNothingOutsideReadsAreFound() {
        assertThat(contradictions(new OutputsLeaveModules(), withOutput("blocks.0", "h1_x")))
                .containsExactly("nothing outside of blocks.0 reads its output h1_x");
    }

    @Test
    void outputsThatAnotherModuleMakesAreFound() {
        assertThat(contradictions(new OutputsLeaveModules(), withOutput("blocks.0", "h2")))
                .containsExactly("blocks.0 does not make its output h2");
    }

    @Test
    void modulesThatWereLocatedTwiceAreFound() {
        assertThat(contradictions(new ModulesNest(), located.withModules(List.of(module("blocks.0")))))
                .containsExactly("blocks.0 was located twice");
    }

    @Test
    void modulesThatLieInOneAnotherAreFound() {
        LocatedModule inner = renamed(module("blocks.0.attn1"), "blocks.0.attn1.attn");
        assertThat(contradictions(new ModulesNest(), located.withModules(List.of(inner))))
                .containsExactly("blocks.0.attn1.attn (SELF_ATTENTION) lies in blocks.0.attn1 (SELF_ATTENTION)");
        LocatedModule block = renamed(module("blocks.0"), "blocks.1.blocks.0");
        assertThat(contradictions(new ModulesNest(), located.withModules(List.of(block))))
                .containsExactly("blocks.1.blocks.0 (TRANSFORMER_BLOCK) lies in blocks.1 (TRANSFORMER_BLOCK)");
    }

    @Test
    void modulesThatTheUserNamedMayLieAnywhere() {
        LocatedModule attention = module("blocks.0.attn1");
        LocatedModule named = new LocatedModule(
                ModulePath.of("blocks.0.attn1.to_q"),
                ModuleKind.OTHER,
                attention.nodes(),
                attention.core(),
                attention.inputs(),
                attention.outputs());
        assertThat(contradictions(new ModulesNest(), located.withModules(List.of(named))))
                .isEmpty();
    }

    @Test
    void blocksOfTheChainThatWereNotLocatedAreFound() {
        BlockChain chain = new BlockChain("x", null, null, List.of(new Block("blocks.7", "h1", null)));
        assertThat(contradictions(new ChainFollowsBlocks(), located.withChain(chain, List.of())))
                .containsExactly("the chain leads through blocks.7, which is no located block");
    }

    @Test
    void aChainThatEndsInAnotherShapeIsFound() {
        BlockChain chain = new BlockChain("x", null, null, List.of(new Block("blocks.0", "largest", null)));
        assertThat(contradictions(new ChainFollowsBlocks(), located.withChain(chain, List.of())))
                .singleElement()
                .asString()
                .contains("shape [4, 4]", "shape [1, 1]");
    }

    @Test
    void withoutAChainThereIsNothingToFollow() {
        Location without = new Location(located.modules(), located.lists(), null, null, ImmutableList.of());
        assertThat(contradictions(new ChainFollowsBlocks(), without)).isEmpty();
    }

    private List<String> contradictions(LocationCheck check, Location location) {
        return check.contradictions(graph, location);
    }

    private LocatedModule module(String path) {
        return located.modules().stream()
                .filter(module -> module.path().dotted().equals(path))
                .findFirst()
                .orElseThrow();
    }

    private Location withOutput(String path, String output) {
        LocatedModule module = module(path);
        Value value = Objects.requireNonNull(graph.graph().value(output));
        return Location.NOTHING.withModules(List.of(new LocatedModule(
                module.path(), module.kind(), module.nodes(), module.core(), module.inputs(), List.of(value))));
    }

    private static LocatedModule renamed(LocatedModule module, String path) {
        return new LocatedModule(
                ModulePath.of(path), module.kind(), module.nodes(), module.core(), module.inputs(), module.outputs());
    }
}
