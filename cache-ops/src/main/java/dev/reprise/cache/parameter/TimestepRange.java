package dev.reprise.cache.parameter;

import java.util.List;

/**
 * The timesteps in which something may happen, both ends excluded.
 *
 * @param low lower end, excluded
 * @param high upper end, excluded
 */
public record TimestepRange(double low, double high) {
    /** Two timesteps, {@code [100, 800]}. */
    public static final ParameterType<TimestepRange> TYPE = new ParameterType<>(
            "two timesteps [low, high] with low < high",
            node -> JsonValues.isNumbers(node)
                    && node.size() == 2
                    && node.get(0).doubleValue() < node.get(1).doubleValue(),
            node -> new TimestepRange(node.get(0).doubleValue(), node.get(1).doubleValue()),
            value -> true,
            JsonValues::bracketed,
            value -> List.of(JsonValues.whole(value.low()), JsonValues.whole(value.high())));

    public TimestepRange {
        if (!(low < high)) {
            throw new IllegalArgumentException("a timestep range needs low < high, was [" + low + ", " + high + "]");
        }
    }

    public boolean contains(double timestep) {
        return low < timestep && timestep < high;
    }
}
