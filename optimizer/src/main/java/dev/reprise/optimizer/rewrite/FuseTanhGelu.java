package dev.reprise.optimizer.rewrite;

import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.optimizer.operators.Operators;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tanh form of GELU, which exporters spell out in eight or nine passes over the widest tensor of a block.
 *
 * <pre>
 *   before   x ─▶ 0.5 · x · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))      any order of factors; x · x · x or Pow
 *   after    x ─▶ FastGelu
 * </pre>
 *
 * ONNX Runtime looks for one spelling of it and finds few. The erf form it fuses by itself: measured, a pass for that gains nothing.
 */
final class FuseTanhGelu implements Rewrite {
    private static final double INNER = Math.sqrt(2 / Math.PI);
    private static final double CUBIC = 0.044715;

    @Override
    public String name() {
        return "fuse_tanh_gelu";
    }

    @Override
    public @Nullable Replacement at(Node node, SegmentGraph segment) {
        if (!node.is("Mul")) {
            return null;
        }
        Value output = node.writes().get(0);
        Value x = argument(Factors.of(output));
        if (x == null || !segment.isFloat(x)) {
            return null;
        }
        return new Replacement(
                List.of(Rewriter.node(Operators.MICROSOFT, "FastGelu", node.name(), output.name(), x.name())
                        .build()),
                List.of());
    }

    /** The x of {@code 0.5 · x · (1 + tanh(…))}. */
    private static @Nullable Value argument(Factors product) {
        if (!product.isConstant(0.5) || product.powers().size() != 2) {
            return null;
        }
        for (Map.Entry<Value, Integer> factor : product.powers().entrySet()) {
            Value tanh = beside(1, factor.getKey());
            if (factor.getValue() == 1
                    && tanh != null
                    && tanh.producer() != null
                    && tanh.producer().is("Tanh")) {
                Value x = cubicArgument(tanh.producer().input(0));
                return x != null && product.powers().getOrDefault(x, 0) == 1 ? x : null;
            }
        }
        return null;
    }

    /** The x of {@code √(2/π) · (x + 0.044715 · x³)}, or of {@code √(2/π) · x · (1 + 0.044715 · x²)}. */
    private static @Nullable Value cubicArgument(@Nullable Value value) {
        if (value == null) {
            return null;
        }
        Factors inner = Factors.of(value);
        if (!inner.isConstant(INNER)) {
            return null;
        }
        for (Value sum : inner.powers().keySet()) {
            if (inner.powers().size() == 1) {
                return ofSum(sum);
            }
            Value square = beside(1, sum);
            if (square != null && inner.powers().size() == 2) {
                Factors factors = Factors.of(square);
                Value x = only(factors, 2);
                return factors.isConstant(CUBIC) && x != null && inner.powers().getOrDefault(x, 0) == 1 ? x : null;
            }
        }
        return null;
    }

    private static @Nullable Value ofSum(Value sum) {
        Node add = sum.producer();
        if (add == null || !add.is("Add")) {
            return null;
        }
        for (int side = 0; side < 2; side++) {
            Value x = add.input(side);
            Value cubic = add.input(1 - side);
            if (x != null && cubic != null) {
                Factors factors = Factors.of(cubic);
                if (factors.isConstant(CUBIC) && only(factors, 3) == x) {
                    return x;
                }
            }
        }
        return null;
    }

    /** The only factor, where it occurs so often. */
    private static @Nullable Value only(Factors factors, int times) {
        if (factors.powers().size() != 1) {
            return null;
        }
        Map.Entry<Value, Integer> factor =
                factors.powers().entrySet().iterator().next();
        return factor.getValue() == times ? factor.getKey() : null;
    }

    /** The other summand of a sum with a number. */
    private static @Nullable Value beside(double number, Value sum) {
        Node add = sum.producer();
        if (add == null || !add.is("Add")) {
            return null;
        }
        for (int side = 0; side < 2; side++) {
            Value constant = add.input(side);
            if (constant != null && Numbers.is(constant, number)) {
                return add.input(1 - side);
            }
        }
        return null;
    }
}
