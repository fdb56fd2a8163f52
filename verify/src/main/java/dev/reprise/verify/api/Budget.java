package dev.reprise.verify.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * What a policy may cost in quality and has to save, besides doing as recorded. Null where there is no limit.
 *
 * @param minPsnr smallest PSNR to the recorded outputs without a policy, dB of their range
 * @param maxError largest error of a step against the recorded outputs without a policy, relative to the largest value
 * @param maxComputed largest share of the multiply-adds that may be computed
 * @param minSpeedup smallest measured speedup over the original model in a plain session
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Budget(
        @Nullable Double minPsnr,
        @Nullable Double maxError,
        @Nullable Double maxComputed,
        @Nullable Double minSpeedup) {

    public static final Budget NONE = new Budget(null, null, null, null);

    public Budget {
        require("min_psnr", minPsnr, 0, 300);
        require("max_error", maxError, 0, Double.MAX_VALUE);
        require("max_computed", maxComputed, Double.MIN_VALUE, 1);
        require("min_speedup", minSpeedup, Double.MIN_VALUE, 1000);
    }

    private static void require(String name, @Nullable Double value, double low, double high) {
        if (value != null && !(value >= low && value <= high)) {
            String from = low == 0 ? "[0, " : "(0, ";
            String to = high == Double.MAX_VALUE ? "∞)" : (long) high + "]";
            throw new IllegalArgumentException(name + " must be in " + from + to + ", was " + value);
        }
    }

    /** These limits, and those of another budget where this has none. */
    public Budget or(Budget other) {
        return new Budget(
                minPsnr != null ? minPsnr : other.minPsnr,
                maxError != null ? maxError : other.maxError,
                maxComputed != null ? maxComputed : other.maxComputed,
                minSpeedup != null ? minSpeedup : other.minSpeedup);
    }
}
