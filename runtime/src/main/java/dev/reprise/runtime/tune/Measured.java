package dev.reprise.runtime.tune;

/**
 * How a candidate did.
 *
 * @param candidate the policy
 * @param psnr mean over images of each image's PSNR to its uncached one, dB
 * @param computedShare share of the multiply-adds that was computed
 * @param stepMillis mean time of a step
 */
public record Measured(Candidate candidate, double psnr, double computedShare, double stepMillis) {}
