package dev.reprise.cache.parameter;

/**
 * The timesteps in which something may happen, both ends excluded.
 *
 * @param low lower end, excluded
 * @param high upper end, excluded
 */
public record TimestepRange(double low, double high) {
    public TimestepRange {
        if (!(low < high)) {
            throw new IllegalArgumentException("a timestep range needs low < high, was [" + low + ", " + high + "]");
        }
    }

    public boolean contains(double timestep) {
        return low < timestep && timestep < high;
    }
}
