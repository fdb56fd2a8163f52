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

class SegmentGroupTest {
    private static final int DEEP = 20_000;

    @TempDir
    private Path folder;

    private Manifest manifest;

    @BeforeEach
    void write() {
        manifest = ManifestFile.read(TinyModel.write(folder).bundle());
    }

    private List<List<Integer>> members(Set<String> watched, boolean exactCaching) {
        return SegmentGroup.group(manifest, watched, exactCaching).stream()
                .map(SegmentGroup::members)
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
        List<SegmentGroup> groups = SegmentGroup.group(manifest, Set.of("attn1", "attn2"), false);
        // x is needed by attn1 and by the rest, context by everything: both are needed whatever is provided.
        assertThat(groups)
                .extracting(SegmentGroup::members)
                .allSatisfy(group -> assertThat(group).isSorted());
        assertThat(groups).anySatisfy(group -> {
            assertThat(group.members()).containsExactly(3);
            assertThat(group.inputs()).containsExactly("x", "context");
            assertThat(group.outputs()).containsExactly("attn1");
        });
        assertThat(groups).anySatisfy(group -> {
            assertThat(group.members()).containsExactly(6, 7);
            assertThat(group.inputs()).containsExactly("h1", "attn2");
            assertThat(group.outputs()).containsExactly("sample");
        });
        assertThat(groups.stream().mapToInt(group -> group.members().size()).sum())
                .isEqualTo(TinyModel.SEGMENTS);
    }

    @Test
    void everyGroupComesAfterThoseItReadsFrom() {
        for (Set<String> watched : List.of(Set.of("h1"), Set.of("attn2"), Set.of("x", "h1", "h2"), Set.of("context"))) {
            // Throws when the order is wrong.
            new SegmentGraph(manifest, SegmentGroup.group(manifest, watched, true));
            new SegmentGraph(manifest, SegmentGroup.group(manifest, watched, false));
        }
        new SegmentGraph(manifest, SegmentGroup.separate(manifest));
    }

    @Test
    void groupsOfAnyNumberAreSorted() {
        // In reverse, every group waits for the next one.
        List<Segment> reversed = new ArrayList<>();
        Set<String> watched = new HashSet<>();
        for (int i = DEEP; i > 0; i--) {
            reversed.add(new Segment(i + ".onnx", List.of("t" + (i - 1)), List.of("t" + i), List.of("t0"), 0, 0));
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
                reversed,
                List.of(),
                null);
        List<SegmentGroup> groups = SegmentGroup.group(deep, watched, false);
        assertThat(groups).hasSize(DEEP);
        assertThat(groups.get(0).outputs()).containsExactly("t1");
        assertThat(groups.get(DEEP - 1).outputs()).containsExactly("t" + DEEP);
    }
}
