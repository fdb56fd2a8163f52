package dev.reprise.runtime.tune;

/**
 * How a candidate did.
 *
 * @param candidate the policy
 * @param psnr mean over images of each image's PSNR to its uncached one, dB
 * @param standardError of that mean, dB; NaN of one image
 * @param computedShare share of the multiply-adds that was computed
 * @param stepMillis mean time of a step
 */
public record Measured(
        Candidate candidate, double psnr, double standardError, double computedShare, double stepMillis) {
    /** One-sided, of a normal distribution. */
    private static final double NINETY_FIVE_PERCENT = 1.645;

    /** Of one image nobody knows the spread, dB. */
    private static final double UNKNOWN = 3;

    /** What the mean over other images is above with 95 % confidence, dB. */
    public double safePsnr() {
        return psnr - (Double.isNaN(standardError) ? UNKNOWN : NINETY_FIVE_PERCENT * standardError);
    }
}
