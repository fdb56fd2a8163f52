package dev.reprise.cli.calibrate;

/**
 * How far one step is from the step before it. Distances are {@code mean|a−b| / mean|a|}; NaN at the first step, and where the
 * model has no such tensor.
 *
 * @param step denoising step
 * @param timestep the scheduler's timestep
 * @param firstBlock of what the first block adds: what First Block Cache compares with its threshold
 * @param modulatedInput of the first block's modulated input: what TeaCache adds up
 * @param residual of what all blocks add: what is reused
 * @param latents of the latents
 * @param output of the model's output
 * @param residualRatio mean over tokens of the residual's norm to the one before: MagCache's table, 1 at the first step
 */
public record StepFigures(
        int step,
        double timestep,
        double firstBlock,
        double modulatedInput,
        double residual,
        double latents,
        double output,
        double residualRatio) {}
