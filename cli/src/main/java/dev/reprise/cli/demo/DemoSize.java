package dev.reprise.cli.demo;

/**
 * How much the demo draws.
 *
 * @param steps denoising steps of a generation
 * @param rounds how often every setting draws all prompts, each time from other noise
 * @param seed of the noise
 */
record DemoSize(int steps, int rounds, long seed) {
    /** Seed of a round's noise. */
    long seed(int round) {
        return seed + round;
    }
}
