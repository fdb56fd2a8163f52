package dev.reprise.graph;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.FoldedPaths.Group;
import java.util.List;
import org.junit.jupiter.api.Test;

class FoldedPathsTest {
    @Test
    void pathsThatDifferInANumberAreOne() {
        assertThat(FoldedPaths.of(List.of(
                        "blocks.0.attn", "blocks.0.ff", "blocks.1.attn", "blocks.1.ff", "blocks.2.attn", "proj_out")))
                .containsExactly("blocks.{0..2}.attn", "blocks.{0,1}.ff", "proj_out");
    }

    @Test
    void gapsAreSeen() {
        assertThat(FoldedPaths.of(List.of("b.0", "b.1", "b.2", "b.5", "b.7", "b.8")))
                .containsExactly("b.{0..2,5,7,8}");
        assertThat(FoldedPaths.of(List.of("b.3"))).containsExactly("b.3");
    }

    /** {@code 01} is not what {@code 0..2} says. */
    @Test
    void numbersWithLeadingZerosAreNames() {
        assertThat(FoldedPaths.of(List.of("b.00", "b.01", "b.0", "b.1"))).containsExactly("b.00", "b.01", "b.{0,1}");
    }

    @Test
    void severalNumbersFoldOnlyWhereEveryCombinationIsThere() {
        assertThat(FoldedPaths.of(List.of("down.0.attn.0.x", "down.0.attn.1.x", "down.1.attn.0.x", "down.1.attn.1.x")))
                .containsExactly("down.{0,1}.attn.{0,1}.x");
        assertThat(FoldedPaths.of(List.of("down.0.attn.0.x", "down.0.attn.1.x", "down.1.attn.0.x")))
                .containsExactly("down.{0,1}.attn.0.x", "down.0.attn.1.x");
    }

    @Test
    void itemsOfAnotherKindStayApart() {
        record Module(String path, String kind) {}
        List<Module> modules = List.of(
                new Module("b.0.attn", "self"), new Module("b.1.attn", "cross"), new Module("b.2.attn", "self"));

        List<Group<Module>> groups = FoldedPaths.groups(modules, Module::path, Module::kind);

        assertThat(groups)
                .containsExactly(
                        new Group<>("b.{0,2}.attn", List.of(modules.get(0), modules.get(2))),
                        new Group<>("b.1.attn", List.of(modules.get(1))));
    }

    @Test
    void nothingFoldsIntoNothing() {
        assertThat(FoldedPaths.of(List.of())).isEmpty();
    }
}
