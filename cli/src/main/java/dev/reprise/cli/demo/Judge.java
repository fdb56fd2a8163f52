package dev.reprise.cli.demo;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.runtime.OriginalModel;
import dev.reprise.runtime.api.DenoisingModel;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import dev.reprise.verify.run.Psnr;
import dev.reprise.verify.run.Tensors;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** Says how good samples are: how sure a classifier is of what was asked for, and how close they are to others. */
public final class Judge implements AutoCloseable {
    /** Samples lie in −1..1. */
    private static final double PEAK = 2;

    private final DemoModel model;
    private final @Nullable DenoisingModel classifier;

    /** @param threads of one operator, 0 for one per core */
    Judge(DemoModel model, int threads) {
        this.model = model;
        classifier = model.judged()
                ? OriginalModel.open(model.classifier(), SessionSettings.cpu().withThreads(threads))
                : null;
    }

    /** Mean probability that the classifier gives to what was asked for; empty for a model without one. */
    OptionalDouble confidence(List<float[]> batches) {
        if (classifier == null) {
            return OptionalDouble.empty();
        }
        double sum = 0;
        for (float[] samples : batches) {
            try (OnnxTensor images = Tensors.toNative(Tensors.of(clamped(samples), model.shape()));
                    Outputs outputs = classifier.run(Step.at(0), Map.of("image", images))) {
                sum += confidence(Tensors.floats(Tensors.fromNative(outputs.first())));
            }
        }
        return OptionalDouble.of(sum / batches.size());
    }

    private double confidence(float[] logits) {
        int prompts = model.prompts().size();
        int classes = logits.length / prompts;
        double sum = 0;
        for (int i = 0; i < prompts; i++) {
            double wanted = logits[i * classes + model.prompts().get(i)];
            double all = 0;
            for (int k = 0; k < classes; k++) {
                all += Math.exp(logits[i * classes + k] - wanted);
            }
            sum += 1 / all / prompts;
        }
        return sum;
    }

    /** Sum of squared differences of the pixels as they are shown. */
    public static double squaredError(float[] samples, float[] reference) {
        float[] a = clamped(samples);
        float[] b = clamped(reference);
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = (double) a[i] - b[i];
            sum += difference * difference;
        }
        return sum;
    }

    /** Peak signal-to-noise ratio in dB, infinite for no error. */
    public static double psnr(double squaredError, long pixels) {
        return Psnr.of(PEAK, squaredError, pixels);
    }

    private static float[] clamped(float[] samples) {
        float[] clamped = new float[samples.length];
        for (int i = 0; i < samples.length; i++) {
            clamped[i] = Math.max(-1, Math.min(1, samples[i]));
        }
        return clamped;
    }

    @Override
    public void close() {
        if (classifier != null) {
            classifier.close();
        }
    }
}
