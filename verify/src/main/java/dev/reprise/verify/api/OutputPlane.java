package dev.reprise.verify.api;

/** Two dimensions of an output, as recorded and as found: the first channel of latents. */
public final class OutputPlane {
    /** What a difference is multiplied with at most to be seen. */
    private static final double MOST = 1e9;

    private final int step;
    private final int rows;
    private final int columns;
    private final float[] recorded;
    private final float[] found;
    private final double low;
    private final double range;
    private final double amplification;

    /**
     * Takes over the values.
     *
     * @param step the step that it is of
     * @param rows height
     * @param columns width
     * @param recorded {@code [rows, columns]}
     * @param found the same of the replay
     */
    public OutputPlane(int step, int rows, int columns, float[] recorded, float[] found) {
        if (recorded.length != rows * columns || found.length != rows * columns) {
            throw new IllegalArgumentException("a plane of " + rows + " × " + columns + " needs as many values, found "
                    + recorded.length + " and " + found.length);
        }
        this.step = step;
        this.rows = rows;
        this.columns = columns;
        this.recorded = recorded;
        this.found = found;
        double lowest = Double.POSITIVE_INFINITY;
        double highest = Double.NEGATIVE_INFINITY;
        double largest = 0;
        for (int i = 0; i < recorded.length; i++) {
            lowest = Math.min(lowest, recorded[i]);
            highest = Math.max(highest, recorded[i]);
            double difference = Math.abs((double) found[i] - recorded[i]);
            largest = Math.max(largest, Double.isFinite(difference) ? difference : 0);
        }
        low = lowest;
        range = Math.max(highest - lowest, Float.MIN_NORMAL);
        amplification = largest == 0 ? 0 : Math.min(MOST, range / largest);
    }

    public int step() {
        return step;
    }

    public int rows() {
        return rows;
    }

    public int columns() {
        return columns;
    }

    /** {@code [rows, columns]} as recorded. */
    public float[] recorded() {
        return recorded.clone();
    }

    /** {@code [rows, columns]} as found. */
    public float[] found() {
        return found.clone();
    }

    /** The smallest recorded value. */
    public double low() {
        return low;
    }

    /** From the smallest to the largest recorded value. */
    public double range() {
        return range;
    }

    /** What the difference is multiplied with so that its largest value is white; 0 where there is none. */
    public double amplification() {
        return amplification;
    }
}
