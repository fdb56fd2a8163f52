package dev.reprise.graph.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.bundle.InputRoles;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Provenance;
import dev.reprise.graph.bundle.Segment;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.graph.bundle.WeightFiles;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SegmentFlowTest {
    /** {@code in → attn → h → out}, and {@code in → h} besides. */
    private final SegmentFlow flow = new SegmentFlow(
            manifest(segment("s0", "in", "attn"), segment("s1", "in attn", "h"), segment("s2", "h", "out extra")));

    private static Segment segment(String file, String inputs, String outputs) {
        return new Segment(file, List.of(inputs.split(" ")), List.of(outputs.split(" ")), List.of("in"), 1, 0);
    }

    private static Manifest manifest(Segment... segments) {
        return new Manifest(
                Manifest.VERSION,
                new Provenance("test", "model.onnx", "", "", 8, Map.of("", 18L), "", "", null),
                new WeightFiles(".", List.of()),
                List.of(spec("in")),
                List.of(spec("out")),
                new InputRoles(null, null, 1),
                List.of(),
                List.of(segments),
                List.of(),
                null,
                null,
                null,
                List.of(),
                null,
                List.of(),
                null);
    }

    private static TensorSpec spec(String name) {
        return new TensorSpec(name, ElementType.FLOAT, List.of(1L), List.of(""), null);
    }

    private static BitSet bits(int... bits) {
        BitSet set = new BitSet();
        for (int bit : bits) {
            set.set(bit);
        }
        return set;
    }

    @Test
    void withoutProvidedTensorsAllRun() {
        assertThat(flow.needed(List.of("out"), Set.of())).isEqualTo(new SegmentFlow.Needed(bits(0, 1, 2), Set.of()));
    }

    @Test
    void whatOnlyAProvidedTensorNeedsDoesNotRun() {
        assertThat(flow.needed(List.of("out"), Set.of("attn")))
                .isEqualTo(new SegmentFlow.Needed(bits(1, 2), Set.of("attn")));
    }

    @Test
    void aTensorHiddenBehindAnotherIsNotAskedFor() {
        assertThat(flow.needed(List.of("out"), Set.of("attn", "h")))
                .isEqualTo(new SegmentFlow.Needed(bits(2), Set.of("h")));
    }

    @Test
    void aProvidedOutputNeedsNothing() {
        assertThat(flow.needed(List.of("out"), Set.of("out"))).isEqualTo(new SegmentFlow.Needed(bits(), Set.of("out")));
    }
}
