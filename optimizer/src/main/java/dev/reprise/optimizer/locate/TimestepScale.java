package dev.reprise.optimizer.locate;

import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.optimizer.operators.Operators;
import dev.reprise.optimizer.operators.ScalarConstant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * What one unit of the timestep input is worth on the scheduler's scale of 0..1000. Models that take 0..1 multiply by 1000, or
 * divide by 0.001, before they embed it, or embed the rest to 1 so.
 *
 * <pre>
 *   timestep ─▶ Cast ─▶ Mul ─▶ embedding        1000
 *   1000 ───────────────┘
 * </pre>
 */
final class TimestepScale {
    private static final double THOUSAND = 1000;
    /** 0.001 has no exact form in 16 bits; bfloat16 misses it by up to 0.2 %. */
    private static final double TOLERANCE = 0.005;
    /** Values to look at behind the timestep. */
    private static final int MOST_VALUES = 24;

    private TimestepScale() {}

    /** 1000, or 1 where nothing but casts and changes of layout stands between the timestep and its embedding. */
    static double of(Value timestep) {
        Deque<Value> open = new ArrayDeque<>(Set.of(timestep));
        Set<Value> seen = new HashSet<>(open);
        for (int i = 0; i < MOST_VALUES && !open.isEmpty(); i++) {
            Value value = open.remove();
            for (Node consumer : value.consumers()) {
                if (multipliesByThousand(consumer, value)) {
                    return THOUSAND;
                }
                if (Operators.isLayout(consumer)
                        || (consumer.is("CastLike") && consumer.input(0) == value)
                        || isRestToOne(consumer)) {
                    consumer.writes().stream().filter(seen::add).forEach(open::add);
                }
            }
        }
        return 1;
    }

    /** {@code 1 - t}, as models have it that count from noise to image. */
    private static boolean isRestToOne(Node node) {
        OptionalDouble from = node.is("Sub") ? ScalarConstant.of(node.input(0)) : OptionalDouble.empty();
        return from.isPresent() && from.getAsDouble() == 1;
    }

    private static boolean multipliesByThousand(Node node, Value value) {
        if (node.is("Mul")) {
            OptionalDouble factor = ScalarConstant.of(node.input(0) == value ? node.input(1) : node.input(0));
            return factor.isPresent() && isThousand(factor.getAsDouble());
        }
        if (node.is("Div") && node.input(0) == value) {
            OptionalDouble divisor = ScalarConstant.of(node.input(1));
            return divisor.isPresent() && isThousand(1 / divisor.getAsDouble());
        }
        return false;
    }

    private static boolean isThousand(double factor) {
        return Math.abs(factor - THOUSAND) <= TOLERANCE * THOUSAND;
    }
}
