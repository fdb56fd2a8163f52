package dev.reprise.cli.demo;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.runtime.OriginalModel;
import dev.reprise.runtime.api.DenoisingModel;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import dev.reprise.verify.run.Tensors;
import java.nio.file.Path;
import java.util.Map;

/** Says how good samples are: which digit a classifier sees in them, and how close they are to others. */
final class Judge implements AutoCloseable {
    /** Samples lie in −1..1. */
    private static final double PEAK = 2;

    private final DenoisingModel classifier;

    /** @param threads of one operator, 0 for one per core */
    Judge(Path classifier, int threads) {
        this.classifier = OriginalModel.open(classifier, SessionSettings.cpu().withThreads(threads));
    }

    /** How many of the ten samples [10, 1, 28, 28] are recognised as the digit they should be. */
    int recognised(float[] samples) {
        int correct = 0;
        try (OnnxTensor images = Tensors.toNative(Tensors.of(clamped(samples), Digits.shape()));
                Outputs outputs = classifier.run(Step.at(0), Map.of("image", images))) {
            float[] logits = Tensors.floats(Tensors.fromNative(outputs.first()));
            for (int digit = 0; digit < Digits.PROMPTS; digit++) {
                int best = 0;
                for (int k = 1; k < 10; k++) {
                    if (logits[digit * 10 + k] > logits[digit * 10 + best]) {
                        best = k;
                    }
                }
                correct += best == digit ? 1 : 0;
            }
        }
        return correct;
    }

    /** Sum of squared differences of the pixels as they are shown. */
    static double squaredError(float[] samples, float[] reference) {
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
    static double psnr(double squaredError, long pixels) {
        return squaredError == 0 ? Double.POSITIVE_INFINITY : 10 * Math.log10(PEAK * PEAK * pixels / squaredError);
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
        classifier.close();
    }
}
