package dev.reprise.runtime.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.bundle.InputRoles;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.ManifestFile;
import dev.reprise.graph.bundle.Segment;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.runtime.TinyModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StageTest {
    private static final int DEEP = 100_000;

    @TempDir
    private Path folder;

    private Manifest manifest;

    @BeforeEach
    void write() {
        manifest = ManifestFile.read(TinyModel.write(folder).bundle());
    }

    private List<List<Integer>> members(Set<String> watched, boolean exactCaching) {
        return Stage.merge(manifest, watched, exactCaching).stream()
                .map(Stage::segments)
                .toList();
    }

    @Test
    void withoutPoliciesTheModelIsOne() {
        assertThat(members(Set.of(), false)).containsExactly(List.of(0, 1, 2, 3, 4, 5, 6, 7));
    }

    @Test
    void whatTheLatentsDoNotReachStaysApartForExactCaching() {
        assertThat(members(Set.of(), true)).containsExactly(List.of(0), List.of(1), List.of(2, 3, 4, 5, 6, 7));
    }

    @Test
    void watchedTensorsCut() {
        List<Stage> stages = Stage.merge(manifest, Set.of("attn1", "attn2"), false);
        // x is needed by attn1 and by the rest, context by everything: both are needed whatever is provided.
        assertThat(stages)
                .extracting(Stage::segments)
                .allSatisfy(stage -> assertThat(stage).isSorted());
        assertThat(stages).anySatisfy(stage -> {
            assertThat(stage.segments()).containsExactly(3);
            assertThat(stage.inputs()).containsExactly("x", "context");
            assertThat(stage.outputs()).containsExactly("attn1");
        });
        assertThat(stages).anySatisfy(stage -> {
            assertThat(stage.segments()).containsExactly(6, 7);
            assertThat(stage.inputs()).containsExactly("h1", "attn2");
            assertThat(stage.outputs()).containsExactly("sample");
        });
        assertThat(stages.stream().mapToInt(stage -> stage.segments().size()).sum())
                .isEqualTo(TinyModel.SEGMENTS);
    }

    @Test
    void everyStageComesAfterThoseItReadsFrom() {
        for (Set<String> watched : List.of(Set.of("h1"), Set.of("attn2"), Set.of("x", "h1", "h2"), Set.of("context"))) {
            // Throws when the order is wrong.
            new StageGraph(manifest, Stage.merge(manifest, watched, true));
            new StageGraph(manifest, Stage.merge(manifest, watched, false));
        }
        new StageGraph(manifest, Stage.separate(manifest));
    }

    @Test
    void aModelOfAnyDepthIsPlanned() {
        List<Segment> segments = new ArrayList<>();
        Set<String> watched = new HashSet<>();
        for (int i = 1; i <= DEEP; i++) {
            segments.add(new Segment(i + ".onnx", List.of("t" + (i - 1)), List.of("t" + i), List.of("t0"), 0, 0));
            watched.add("t" + i);
        }
        Manifest deep = new Manifest(
                Manifest.VERSION,
                manifest.provenance(),
                manifest.weights(),
                List.of(new TensorSpec("t0", ElementType.FLOAT, null, List.of(), null)),
                List.of(new TensorSpec("t" + DEEP, ElementType.FLOAT, null, List.of(), null)),
                new InputRoles("t0", null, 1),
                List.of(),
                segments,
                List.of(),
                null,
                null,
                null,
                List.of(),
                null,
                List.of(),
                null);
        List<Stage> stages = Stage.merge(deep, watched, false);
        assertThat(stages).hasSize(DEEP);
        assertThat(stages.get(DEEP - 1).outputs()).containsExactly("t" + DEEP);
        assertThat(Stage.merge(deep, Set.of(), true)).hasSize(1);
    }
}
