package org.example.pipeline;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.Step;
import dev.reprise.runtime.api.StepTrace;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The denoising loop, with classifier-free guidance in one batch:
 *
 * <pre>
 *   n, p = transformer([x; x], [negative; prompt], t)
 *   x = scheduler(x, n + w·(p − n))
 * </pre>
 *
 * Latents, guidance and scheduler are float32, whatever the transformer is.
 */
final class Denoising {
    private final CachedTransformer transformer;
    private final Scheduler scheduler;
    private final Conditioning conditioning;
    private final float guidance;
    private final Map<String, TensorSpec> inputs = new HashMap<>();

    Denoising(CachedTransformer transformer, Scheduler scheduler, Conditioning conditioning, float guidance) {
        this.transformer = transformer;
        this.scheduler = scheduler;
        this.conditioning = conditioning;
        this.guidance = guidance;
        transformer.inputs().forEach(input -> inputs.put(input.name(), input));
    }

    /** @param latents noise, and the sample afterwards */
    void run(float[] latents, LatentShape shape, Progress progress) {
        int batch = conditioning.batch();
        double[] timesteps = scheduler.timesteps();
        try (OnnxTensor tokens = Tensors.of(
                        inputs.get("encoder_hidden_states"),
                        conditioning.tokens(),
                        batch,
                        conditioning.length(),
                        conditioning.tokens().length / batch / conditioning.length());
                OnnxTensor pooled = Tensors.of(
                        inputs.get("pooled_projections"),
                        conditioning.pooled(),
                        batch,
                        conditioning.pooled().length / batch)) {
            for (int i = 0; i < timesteps.length; i++) {
                Cancellation.check(progress, "after " + i + " of " + timesteps.length + " steps");
                Map<String, OnnxTensor> constant =
                        Map.of("encoder_hidden_states", tokens, "pooled_projections", pooled);
                scheduler.step(
                        i,
                        latents,
                        guided(evaluate(Step.at(i, timesteps.length), timesteps[i], latents, shape, constant)));
                progress.step(new Progress.StepDone(i + 1, timesteps.length, share()));
            }
        }
    }

    private float[] evaluate(
            Step step, double timestep, float[] latents, LatentShape shape, Map<String, OnnxTensor> constant) {
        boolean two = conditioning.batch() == 2;
        float[] sample = two ? Conditioning.joined(latents, latents) : latents;
        float[] times = two ? new float[] {(float) timestep, (float) timestep} : new float[] {(float) timestep};
        try (OnnxTensor hidden = Tensors.of(
                        inputs.get("hidden_states"),
                        sample,
                        conditioning.batch(),
                        shape.channels(),
                        shape.height(),
                        shape.width());
                OnnxTensor time = Tensors.of(inputs.get("timestep"), times, times.length)) {
            Map<String, OnnxTensor> all = new HashMap<>(constant);
            all.put("hidden_states", hidden);
            all.put("timestep", time);
            try (Outputs outputs = transformer.run(step, all)) {
                float[] output = Tensors.floats(outputs.first());
                if (output.length != sample.length) {
                    throw new UnusableExportException("the transformer must say as many values as it is given, "
                            + sample.length + ", it says " + output.length);
                }
                return output;
            }
        }
    }

    private float[] guided(float[] output) {
        if (conditioning.batch() == 1) {
            return output;
        }
        int half = output.length / 2;
        float[] result = new float[half];
        for (int i = 0; i < half; i++) {
            result[i] = output[i] + guidance * (output[half + i] - output[i]);
        }
        return result;
    }

    private double share() {
        List<StepTrace> trace = transformer.trace();
        return trace.get(trace.size() - 1).computedShare();
    }
}
