package dev.reprise.optimizer.rewrite;

import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.optimizer.operators.ScalarConstant;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * A product taken apart: {@code constant · a · a · b} is 2 times {@code a} and once {@code b}, in whatever order an exporter multiplied.
 * What is read elsewhere too is not taken apart.
 *
 * @param constant product of the constants of one element
 * @param powers how often each other factor occurs
 */
record Factors(double constant, Map<Value, Integer> powers) {
    private static final int MOST_LEVELS = 8;
    private static final int HIGHEST_POWER = 4;

    Factors {
        powers = Map.copyOf(powers);
    }

    /** The factors of a node's output; itself, once, where the node is no product. */
    static Factors of(Value product) {
        Builder factors = new Builder();
        factors.addFactorsOf(product, 1, 0, true);
        return new Factors(factors.constant, factors.powers);
    }

    /** Whether the constant is this number, to the precision of float32. */
    boolean isConstant(double number) {
        return Math.abs(constant - number) <= 1e-6 * Math.abs(number);
    }

    private static final class Builder {
        private double constant = 1;
        private final Map<Value, Integer> powers = new HashMap<>();

        void addFactorsOf(Value value, int times, int level, boolean first) {
            OptionalDouble number = ScalarConstant.of(value);
            if (number.isPresent()) {
                constant *= Math.pow(number.getAsDouble(), times);
                return;
            }
            Node node = value.producer();
            boolean ownOnly = first || value.consumers().size() == 1;
            if (node == null || !ownOnly || level == MOST_LEVELS || !addParts(node, times, level)) {
                powers.merge(value, times, Integer::sum);
            }
        }

        private boolean addParts(Node node, int times, int level) {
            Value left = node.input(0);
            Value right = node.input(1);
            if (left == null || right == null) {
                return false;
            }
            OptionalDouble number = ScalarConstant.of(right);
            if (node.is("Mul")) {
                addFactorsOf(left, times, level + 1, false);
                addFactorsOf(right, times, level + 1, false);
                return true;
            }
            if (node.is("Div") && number.isPresent()) {
                constant /= Math.pow(number.getAsDouble(), times);
                addFactorsOf(left, times, level + 1, false);
                return true;
            }
            if (node.is("Pow") && number.isPresent() && isSmallPower(number.getAsDouble())) {
                addFactorsOf(left, times * (int) number.getAsDouble(), level + 1, false);
                return true;
            }
            return false;
        }

        private static boolean isSmallPower(double power) {
            return power >= 1 && power <= HIGHEST_POWER && power == Math.rint(power);
        }
    }
}
