package dev.reprise.runtime.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.bundle.Bundle;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.TensorShapeProto;
import dev.reprise.graph.onnx.ValueInfoProto;
import dev.reprise.runtime.TinyManifest;
import dev.reprise.runtime.TinyModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SegmentMergerTest {
    @TempDir
    private Path folder;

    @Test
    void tensorsBetweenStagesHaveTheShapeThatFixedInputsGiveThem() throws IOException {
        GraphProto merged =
                merged(TinyManifest.withFixedBatch(TinyModel.write(folder).bundle(), 3));
        assertThat(shape(find(merged.getInputList(), "h1"))).containsExactly(3L, 4L);
        assertThat(shape(find(merged.getOutputList(), "sample"))).containsExactly(3L, 4L);
    }

    @Test
    void soHaveTensorsInsideOfAStage() throws IOException {
        GraphProto merged =
                merged(TinyManifest.withFixedBatch(TinyModel.write(folder).bundle(), 3));
        assertThat(merged.getValueInfoList())
                .extracting(ValueInfoProto::getName)
                .containsExactly("attn2", "h2");
        assertThat(shape(find(merged.getValueInfoList(), "attn2"))).containsExactly(3L, 4L);
    }

    @Test
    void whereAnInputHasAnOpenDimensionNothingIsClaimed() {
        GraphProto merged = merged(TinyModel.write(folder).bundle());
        assertThat(find(merged.getInputList(), "h1").getType().getTensorType().hasShape())
                .isFalse();
    }

    /** The second block and what follows. */
    private static GraphProto merged(Path bundle) {
        Bundle opened = Bundle.open(bundle);
        return new SegmentMerger(opened)
                .merge(opened.manifest().segments().subList(5, 8), List.of("h1", "context"), List.of("sample"))
                .getGraph();
    }

    private static ValueInfoProto find(List<ValueInfoProto> tensors, String name) {
        return tensors.stream()
                .filter(tensor -> tensor.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static List<Long> shape(ValueInfoProto tensor) {
        return tensor.getType().getTensorType().getShape().getDimList().stream()
                .map(TensorShapeProto.Dimension::getDimValue)
                .toList();
    }
}
