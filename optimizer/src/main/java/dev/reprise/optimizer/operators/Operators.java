package dev.reprise.optimizer.operators;

import com.google.common.collect.ImmutableSet;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;

/** What is known of operators by name: the few families that locating and cutting tell apart. */
public final class Operators {
    /** The domain of ONNX Runtime's own operators. */
    public static final String MICROSOFT = "com.microsoft";

    private static final ImmutableSet<String> PRODUCTS = ImmutableSet.of(
            "MatMul",
            "Gemm",
            "Conv",
            "ConvTranspose",
            "MatMulInteger",
            "QLinearMatMul",
            "ConvInteger",
            "QLinearConv",
            "MatMulNBits",
            "MatMulBnb4",
            "FusedMatMul",
            "FusedGemm",
            "FusedConv",
            "NhwcConv",
            "QGemm",
            "MatMulIntegerToFloat",
            "DynamicQuantizeMatMul",
            "GemmFloat8",
            "TransposeMatMul",
            "Einsum");
    private static final ImmutableSet<String> ATTENTION = ImmutableSet.of(
            "Attention",
            "MultiHeadAttention",
            "GroupQueryAttention",
            "PackedAttention",
            "PackedMultiHeadAttention",
            "DecoderMaskedMultiHeadAttention",
            "QAttention",
            "LongformerAttention",
            "SparseAttention",
            "LinearAttention");
    private static final ImmutableSet<String> SHAPE_ARITHMETIC = ImmutableSet.of(
            "Gather",
            "Slice",
            "Squeeze",
            "Unsqueeze",
            "Concat",
            "Cast",
            "Add",
            "Sub",
            "Mul",
            "Div",
            "Floor",
            "Ceil",
            "Sqrt",
            "Mod",
            "Equal",
            "Where",
            "Not",
            "And",
            "Or",
            "Greater",
            "GreaterOrEqual",
            "Less",
            "LessOrEqual",
            "Min",
            "Max",
            "Identity",
            "Reshape",
            "ReduceProd",
            "ConstantOfShape",
            "Neg",
            "Reciprocal",
            "Pow",
            "CastLike");
    private static final ImmutableSet<String> RANDOM = ImmutableSet.of(
            "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Bernoulli", "Multinomial");
    /** Operators that move, select or cast elements, and so hand a residual stream on. */
    private static final ImmutableSet<String> LAYOUT = ImmutableSet.of(
            "Identity",
            "Cast",
            "Reshape",
            "Transpose",
            "Squeeze",
            "Unsqueeze",
            "Slice",
            "Split",
            "Gather",
            "Concat",
            "Flatten",
            "Expand",
            "Clip",
            "DequantizeLinear",
            "QuantizeLinear",
            "Pad",
            "Dropout");

    private static final ImmutableSet<String> NORMS = ImmutableSet.of(
            "LayerNormalization",
            "RMSNormalization",
            "SimplifiedLayerNormalization",
            "GroupNormalization",
            "GroupNorm",
            "SkipGroupNorm",
            "InstanceNormalization",
            "SkipLayerNormalization",
            "SkipSimplifiedLayerNormalization");

    private Operators() {}

    /** Matrix products and convolutions. */
    public static boolean isProduct(Node node) {
        return isProduct(node.opType());
    }

    /** Whether a name is that of such an operator. */
    public static boolean isProduct(String operator) {
        return PRODUCTS.contains(operator);
    }

    /** A matrix product or convolution with stored weights: a layer. */
    public static boolean isWeighted(Node node) {
        if (!isProduct(node)) {
            return false;
        }
        if (node.opType().equals("MatMulNBits") || node.opType().equals("MatMulBnb4")) {
            return true;
        }
        for (int i = 0; i < node.inputs().size(); i++) {
            Value input = node.input(i);
            if (input != null && isStored(input)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a value is stored in the model, perhaps transposed, cast or dequantized on the way. */
    public static boolean isStored(Value value) {
        return isStored(value, 0);
    }

    private static boolean isStored(Value value, int depth) {
        Node producer = value.producer();
        if (producer == null) {
            return value.isStored();
        }
        if (producer.is("Constant")) {
            return true;
        }
        return depth < 6
                && !producer.inputs().isEmpty()
                && producer.reads().stream().allMatch(input -> isStored(input, depth + 1));
    }

    /** Fused attention operators. */
    public static boolean isFusedAttention(Node node) {
        return ATTENTION.contains(node.opType());
    }

    public static boolean isSoftmax(Node node) {
        return node.is("Softmax");
    }

    /** Operators on dimensions that cost nothing, so that a consumer may have its own copy. */
    static boolean isShapeArithmetic(Node node) {
        return SHAPE_ARITHMETIC.contains(node.opType()) && node.domain().isEmpty();
    }

    public static boolean isShape(Node node) {
        return node.is("Shape") || node.is("Size");
    }

    static boolean isRandom(Node node) {
        return RANDOM.contains(node.opType());
    }

    public static boolean isLayout(Node node) {
        return LAYOUT.contains(node.opType());
    }

    /** The same elements in the same order. */
    public static boolean isReshape(Node node) {
        return node.is("Reshape") || node.is("Squeeze") || node.is("Unsqueeze") || node.is("Flatten");
    }

    public static boolean isQuantization(Node node) {
        return node.is("QuantizeLinear") || node.is("DequantizeLinear") || node.is("DynamicQuantizeLinear");
    }

    public static boolean isNorm(Node node) {
        return NORMS.contains(node.opType());
    }
}
