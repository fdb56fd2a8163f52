package dev.reprise.cli.measure;

import dev.reprise.verify.run.PolicyChoice;

/** A generation that can be run with any policy, as often as one likes. */
public interface Workload {
    /**
     * Runs it once and compares the result with that of no policy.
     *
     * @throws dev.reprise.cache.UnsupportedPolicyException when the model cannot take the policy
     */
    Outcome run(PolicyChoice choice);

    /** Measured speedup over the original model in a plain session, in turn with it. */
    double speedup(PolicyChoice choice);

    /**
     * What came out.
     *
     * @param computedShare share of the multiply-adds that was computed
     * @param psnr PSNR to the outputs without a policy, dB
     */
    record Outcome(double computedShare, double psnr) {}
}
