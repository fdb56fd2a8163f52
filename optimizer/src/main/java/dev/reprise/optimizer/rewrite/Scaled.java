package dev.reprise.optimizer.rewrite;

import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * A value without the numbers that it is multiplied with.
 *
 * @param value what is multiplied
 * @param factor the product of the numbers
 */
record Scaled(@Nullable Value value, double factor) {
    private static final int MOST_FACTORS = 4;

    static Scaled of(@Nullable Value scaled, SegmentGraph segment) {
        Value value = scaled;
        double factor = 1;
        for (int i = 0; i < MOST_FACTORS && value != null; i++) {
            Node node = value.producer();
            if (node == null || !(node.is("Mul") || node.is("Div"))) {
                break;
            }
            OptionalDouble right = Numbers.computed(node.input(1), segment);
            OptionalDouble left = node.is("Mul") ? Numbers.computed(node.input(0), segment) : OptionalDouble.empty();
            if (right.isPresent()) {
                factor *= node.is("Mul") ? right.getAsDouble() : 1 / right.getAsDouble();
                value = node.input(0);
            } else if (left.isPresent()) {
                factor *= left.getAsDouble();
                value = node.input(1);
            } else {
                break;
            }
        }
        return new Scaled(value, factor);
    }
}
