package dev.reprise.ort.element;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.model.WeightRange;
import dev.reprise.graph.onnx.TensorProto;
import java.util.List;

/**
 * What an external weight is, whatever a model calls it: models that read the same bytes as the same tensor share it.
 *
 * @param range where its bytes lie
 */
public record WeightContent(WeightRange range, ElementType type, List<Long> shape) {
    public WeightContent {
        shape = List.copyOf(shape);
    }

    /** Of an initializer with external data. */
    public static WeightContent of(TensorProto weight) {
        return new WeightContent(WeightRange.of(weight), ElementType.of(weight.getDataType()), weight.getDimsList());
    }

    /** Its bytes, as they lie in the file. */
    public long bytes() {
        return range.length();
    }

    /** As ONNX Runtime's Java package takes it. */
    public long[] dimensions() {
        return shape.stream().mapToLong(Long::longValue).toArray();
    }
}
