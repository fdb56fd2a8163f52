package dev.reprise.cache;

/** What a policy decided for one module, the chain of blocks or the whole model at one denoising step. */
public enum Decision {
    /** It ran. */
    COMPUTE,
    /** A tensor of an earlier step, or a sum with one, took its place. */
    REUSE,
    /** A forecast from several earlier steps took its place. */
    PREDICT
}
