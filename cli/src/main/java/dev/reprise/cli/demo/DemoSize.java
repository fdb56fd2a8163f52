package dev.reprise.cli.demo;

/**
 * How much the demo draws.
 *
 * @param steps denoising steps of a generation
 * @param rounds how often every setting draws the ten digits, each time from other noise
 * @param seed of the noise
 */
record DemoSize(int steps, int rounds, long seed) {
    int samples() {
        return rounds * Digits.PROMPTS;
    }

    float[] noise(int round) {
        return Digits.noise(seed + round);
    }
}
