package dev.reprise.optimizer.rewrite;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.bundle.Quantization;
import dev.reprise.graph.model.WeightRange;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.optimizer.operators.Operators;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Linear layers that multiply in int8. ONNX Runtime quantizes the activations of each run over their range; weights are stored with a
 * scale for each output channel.
 *
 * <pre>
 *   before   x ─▶ Gemm(W, b)                            W [in, out], or [out, in] where transB, in float32
 *            x ─▶ MatMul(W) ─▶ + b
 *   after    x ─▶ DynamicQuantizeMatMul(W8, scale, b)   W8 [in, out] in int8, scale [out]
 * </pre>
 *
 * Takes 0.24 to 0.40 of the time from 16 rows on and 128 · 512 weights on; below {@link #LEAST_WEIGHTS} nothing is gained. Not among the
 * {@link Rewrites}: whether a segment may be quantized is measured.
 */
final class QuantizeLayers implements Rewrite {
    private static final long LEAST_WEIGHTS = 1 << 14;
    private static final List<Integer> TRANSPOSED = List.of(1, 0);

    private final Int8Store store;
    private long multiplyAdds;

    QuantizeLayers(Int8Store store) {
        this.store = store;
    }

    @Override
    public String name() {
        return Quantization.REWRITE;
    }

    /** Multiply-adds of the layers that it replaced so far, for the typical shapes. */
    long multiplyAdds() {
        return multiplyAdds;
    }

    /**
     * A layer.
     *
     * @param product the node that multiplies
     * @param weight external, float32
     * @param transposed whether it is stored as {@code [out, in]}
     * @param bias {@code [out]}, null where it has none
     */
    private record Layer(
            Node product,
            TensorProto weight,
            boolean transposed,
            @Nullable Value bias) {
        long inputs() {
            return weight.getDims(transposed ? 1 : 0);
        }

        long outputs() {
            return weight.getDims(transposed ? 0 : 1);
        }
    }

    @Override
    public @Nullable Replacement at(Node node, SegmentGraph segment) {
        Layer layer = layer(node, segment);
        if (layer == null || layer.inputs() * layer.outputs() < LEAST_WEIGHTS) {
            return null;
        }
        Value made = layer.product().writes().get(0);
        Value x = layer.product().input(0);
        if (x == null || !segment.isFloat(made)) {
            return null;
        }
        String name = layer.weight().getName();
        Optional<Int8Store.Stored> stored = store.put(
                layer.weight(), layer.transposed(), segment.fresh(name + "_int8"), segment.fresh(name + "_scale"));
        if (stored.isEmpty()) {
            return null;
        }
        multiplyAdds += rows(made, layer, segment) * layer.inputs() * layer.outputs();
        TensorProto weight = stored.get().weight();
        TensorProto scale = stored.get().scale();
        NodeProto.Builder quantized = Rewriter.node(
                Operators.MICROSOFT,
                "DynamicQuantizeMatMul",
                segment.fresh(layer.product().name() + "_int8"),
                node.writes().get(0).name(),
                x.name(),
                weight.getName(),
                scale.getName());
        if (layer.bias() != null) {
            // Between them stands the zero point: none, the weights are symmetric.
            quantized.addInput("").addInput(layer.bias().name());
        }
        return new Replacement(List.of(quantized.build()), List.of(weight, scale));
    }

    private static long rows(Value made, Layer layer, SegmentGraph segment) {
        List<Long> shape = segment.typicalShape(made);
        long elements =
                shape == null ? -1 : shape.stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
        return elements < 0 ? 1 : elements / layer.outputs();
    }

    private static @Nullable Layer layer(Node node, SegmentGraph segment) {
        if (node.is("Gemm")) {
            return gemm(node);
        }
        if (node.is("MatMul")) {
            return isBiased(node, segment) ? null : product(node, null);
        }
        if (!node.is("Add")) {
            return null;
        }
        for (int side = 0; side < 2; side++) {
            Node product = SegmentGraph.soleProducer(node.input(side), "MatMul");
            Layer layer = product == null ? null : product(product, node.input(1 - side));
            if (layer != null && isBias(layer.bias(), layer.outputs())) {
                return layer;
            }
        }
        return null;
    }

    /** Whether the sum behind a product is a layer together with it. */
    private static boolean isBiased(Node product, SegmentGraph segment) {
        Value made = product.writes().get(0);
        return made.consumers().size() == 1
                && !made.isOutput()
                && layer(made.consumers().get(0), segment) != null;
    }

    private static @Nullable Layer product(Node product, @Nullable Value bias) {
        Value factor = product.input(1);
        Value stored = Layouts.transposed(factor, TRANSPOSED);
        TensorProto weight = weight(stored == null ? factor : stored);
        return weight == null ? null : new Layer(product, weight, stored != null, bias);
    }

    private static @Nullable Layer gemm(Node gemm) {
        TensorProto weight = weight(gemm.input(1));
        if (weight == null || gemm.integer("transA", 0) != 0 || !isOne(gemm, "alpha") || !isOne(gemm, "beta")) {
            return null;
        }
        Layer layer = new Layer(gemm, weight, gemm.integer("transB", 0) != 0, gemm.input(2));
        return layer.bias() == null || isBias(layer.bias(), layer.outputs()) ? layer : null;
    }

    private static boolean isOne(Node node, String factor) {
        AttributeProto attribute = node.attribute(factor);
        return attribute == null || attribute.getF() == 1;
    }

    private static boolean isBias(@Nullable Value bias, long outputs) {
        TensorProto tensor = bias == null ? null : bias.initializer();
        return tensor != null && tensor.getDimsList().equals(List.of(outputs));
    }

    private static @Nullable TensorProto weight(@Nullable Value value) {
        TensorProto tensor = value == null ? null : value.initializer();
        return tensor != null
                        && tensor.getDimsCount() == 2
                        && tensor.getDataType() == ElementType.FLOAT.code()
                        && WeightRange.isExternal(tensor)
                ? tensor
                : null;
    }
}
