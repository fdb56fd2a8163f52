package dev.reprise.verify.run;

/** The peak signal-to-noise ratio. */
public final class Psnr {
    private Psnr() {}

    /**
     * In dB, infinite for no error.
     *
     * @param peak what the error refers to: the range of the reference values
     * @param squaredError sum of the squared differences
     * @param count how many values were compared
     */
    public static double of(double peak, double squaredError, long count) {
        return squaredError == 0 ? Double.POSITIVE_INFINITY : 10 * Math.log10(peak * peak * count / squaredError);
    }
}
