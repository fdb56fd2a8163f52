package org.example.pipeline;

import dev.reprise.cache.CachePolicy;
import java.util.Optional;
import java.util.Random;

/** What to draw. Start from {@link #of}; every {@code with…} returns a changed copy. Values are those of diffusers' pipeline. */
public final class PictureRequest {
    private final Draft draft;

    private PictureRequest(Draft draft) {
        this.draft = draft;
    }

    /** 28 steps, guidance 7, no negative prompt, seed 0, the size that the model was trained for, everything computed. */
    public static PictureRequest of(String prompt) {
        if (prompt == null) {
            throw new IllegalArgumentException("the prompt must be given, was null");
        }
        Draft draft = new Draft();
        draft.prompt = prompt;
        return new PictureRequest(draft);
    }

    /** What should not be in the picture. It counts only with guidance. */
    public PictureRequest withNegativePrompt(String negative) {
        Draft next = draft.copy();
        next.negative = negative;
        return new PictureRequest(next);
    }

    /** Denoising steps, 1 or more. */
    public PictureRequest withSteps(int steps) {
        require(steps >= 1 && steps <= 1000, "steps must be in [1, 1000], was " + steps);
        Draft next = draft.copy();
        next.steps = steps;
        return new PictureRequest(next);
    }

    /** Scale of classifier-free guidance. At 1 or less the transformer runs without it, for half of the work. */
    public PictureRequest withGuidance(double scale) {
        require(scale >= 0 && scale <= 100, "guidance must be in [0, 100], was " + scale);
        Draft next = draft.copy();
        next.guidance = scale;
        return new PictureRequest(next);
    }

    /** The same seed gives the same noise on every machine. It is not PyTorch's noise of that seed. */
    public PictureRequest withSeed(long seed) {
        Draft next = draft.copy();
        next.seed = seed;
        next.latents = null;
        return new PictureRequest(next);
    }

    /** Noise from elsewhere, [1, channels, height, width]; a copy is taken. The size must be given too where it is not the usual one. */
    public PictureRequest withLatents(float[] latents) {
        Draft next = draft.copy();
        next.latents = latents.clone();
        return new PictureRequest(next);
    }

    /** Pixels. */
    public PictureRequest withSize(int width, int height) {
        require(width > 0 && height > 0, "the size must be 1 pixel or more each way, was " + width + "x" + height);
        Draft next = draft.copy();
        next.width = width;
        next.height = height;
        return new PictureRequest(next);
    }

    /** What may be taken from the cache. */
    public PictureRequest withPolicy(CachePolicy policy) {
        Draft next = draft.copy();
        next.policy = policy;
        return new PictureRequest(next);
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    String prompt() {
        return draft.prompt;
    }

    String negativePrompt() {
        return draft.negative;
    }

    int steps() {
        return draft.steps;
    }

    float guidance() {
        return (float) draft.guidance;
    }

    boolean guided() {
        return draft.guidance > 1;
    }

    int width(int usual) {
        return draft.width == 0 ? usual : draft.width;
    }

    int height(int usual) {
        return draft.height == 0 ? usual : draft.height;
    }

    Optional<CachePolicy> policy() {
        return Optional.ofNullable(draft.policy);
    }

    /** Standard normal noise, this caller's own. */
    float[] noise(LatentShape shape) {
        if (draft.latents != null) {
            require(
                    draft.latents.length == shape.size(),
                    "latents must have " + shape.size() + " values for " + shape + ", have " + draft.latents.length);
            return draft.latents.clone();
        }
        Random random = new Random(draft.seed);
        float[] noise = new float[shape.size()];
        for (int i = 0; i < noise.length; i++) {
            noise[i] = (float) random.nextGaussian();
        }
        return noise;
    }

    /** The values while they change. */
    private static final class Draft {
        private String prompt = "";
        private String negative = "";
        private int steps = 28;
        private double guidance = 7;
        private long seed;
        private float[] latents;
        private int width;
        private int height;
        private CachePolicy policy;

        private Draft copy() {
            Draft copy = new Draft();
            copy.prompt = prompt;
            copy.negative = negative;
            copy.steps = steps;
            copy.guidance = guidance;
            copy.seed = seed;
            copy.latents = latents;
            copy.width = width;
            copy.height = height;
            copy.policy = policy;
            return copy;
        }
    }
}
