package dev.reprise.optimizer.shapes;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Shapes of matrix products and convolutions. */
final class ProductRules {
    private ProductRules() {}

    static @Nullable List<Long> matMul(Operands operands) {
        List<Long> a = operands.shape(0);
        List<Long> b = operands.shape(1);
        if (a == null || b == null || a.size() < 2 || b.size() < 2) {
            return null;
        }
        List<Long> shape = Dimensions.broadcast(a.subList(0, a.size() - 2), b.subList(0, b.size() - 2));
        if (shape != null) {
            shape.add(a.get(a.size() - (operands.integer("transA", 0) == 0 ? 2 : 1)));
            shape.add(b.get(b.size() - (operands.integer("transB", 0) == 0 ? 1 : 2)));
        }
        return shape;
    }

    static @Nullable List<Long> gemm(Operands operands) {
        List<Long> a = operands.shape(0);
        List<Long> b = operands.shape(1);
        if (a == null || b == null || a.size() != 2 || b.size() != 2) {
            return null;
        }
        return List.of(
                a.get(operands.integer("transA", 0) == 0 ? 0 : 1), b.get(operands.integer("transB", 0) == 0 ? 1 : 0));
    }

    /** The weight is stored in blocks; the attribute says how wide it is. */
    static @Nullable List<Long> quantizedMatMul(Operands operands) {
        return Dimensions.lastReplaced(operands.shape(0), operands.integer("N", 0));
    }

    static @Nullable List<Long> convolution(Operands operands) {
        List<Long> input = operands.shape(0);
        List<Long> weight = operands.shape(1);
        if (input == null || weight == null || input.size() != weight.size() || input.size() < 3) {
            return null;
        }
        List<Long> shape = new ArrayList<>(List.of(input.get(0), weight.get(0)));
        int spatial = input.size() - 2;
        for (int i = 0; i < spatial; i++) {
            long stride = operands.integer("strides", i, 1);
            long kernel = Dimensions.times(weight.get(2 + i) - 1, operands.integer("dilations", i, 1)) + 1;
            long padding = operands.integer("pads", i, 0) + operands.integer("pads", i + spatial, 0);
            shape.add((input.get(2 + i) + padding - kernel) / Math.max(1, stride) + 1);
        }
        return shape;
    }

    static @Nullable List<Long> einsum(Operands operands) {
        Equation equation = Equation.of(operands.node());
        if (equation == null || equation.result() == null || equation.hasEllipsis()) {
            return null;
        }
        Map<Character, Long> sizes = equation.sizes(operands);
        if (sizes == null) {
            return null;
        }
        List<Long> shape = new ArrayList<>();
        for (char letter : equation.result().toCharArray()) {
            shape.add(sizes.getOrDefault(letter, -1L));
        }
        return shape;
    }
}
