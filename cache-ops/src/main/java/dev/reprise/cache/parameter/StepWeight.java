package dev.reprise.cache.parameter;

import dev.reprise.cache.DenoisingStep;
import java.util.List;

/** A weight that may change from step to step: a constant, a ramp, a table or any function. */
@FunctionalInterface
public interface StepWeight {
    double at(DenoisingStep step);

    static StepWeight constant(double value) {
        return new Constant(value);
    }

    /** From the first step to the last; by the timestep (1000 → 0) where the number of steps is unknown. */
    static StepWeight linear(double from, double to) {
        return new Linear(from, to);
    }

    /** One value per step; the last one holds for the steps behind the table. */
    static StepWeight table(List<Double> values) {
        return new Table(values);
    }

    /** The same at every step. */
    record Constant(double value) implements StepWeight {
        @Override
        public double at(DenoisingStep step) {
            return value;
        }
    }

    /** A linear ramp over the generation. */
    record Linear(double from, double to) implements StepWeight {
        @Override
        public double at(DenoisingStep step) {
            double progress = step.count().isPresent()
                    ? (double) step.index() / Math.max(step.count().getAsInt() - 1, 1)
                    : 1 - step.timestep() / 1000;
            return from + (to - from) * Math.min(Math.max(progress, 0), 1);
        }
    }

    /** A value per step. */
    record Table(List<Double> values) implements StepWeight {
        public Table {
            values = List.copyOf(values);
            if (values.isEmpty()) {
                throw new IllegalArgumentException("a table of weights needs at least one value");
            }
        }

        @Override
        public double at(DenoisingStep step) {
            return values.get(Math.min(step.index(), values.size() - 1));
        }
    }
}
