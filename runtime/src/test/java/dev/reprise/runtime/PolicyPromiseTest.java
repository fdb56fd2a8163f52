package dev.reprise.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import dev.reprise.runtime.api.StepTrace;
import dev.reprise.testdata.TestModels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every policy promises on every model: it reuses something and stays near the model without it, or it refuses with a reason when
 * it is enabled. No policy computes everything without a word, none gives wrong values, and with threshold 0 no bit
 * changes. {@code -Dreprise.zoo=FOLDER[:FOLDER…]} runs it on all ONNX files below these folders instead.
 */
class PolicyPromiseTest {
    private static final int STEPS = 10;
    /** A result of another step, of another module or of zeros is further away than this from the uncached one. */
    private static final double FAR = 1;

    private static final SessionSettings SETTINGS = SessionSettings.cpu().withoutOptimizations();

    @TempDir
    private Path folder;

    static List<Path> models() {
        // Learned variance; fused by ONNX Runtime's transformer optimizer.
        return TestModels.zooOr(List.of(
                TestModels.golden("dit").resolve("torchscript.onnx"),
                TestModels.foreign("plain").resolve("optimizer_vit.onnx")));
    }

    @ParameterizedTest
    @MethodSource("models")
    void reusesAndStaysNearOrRefuses(Path model) {
        try (CachedTransformer loaded = CachedTransformer.open(TestBundles.cut(model, folder), SETTINGS)) {
            List<float[]> plain = run(loaded, null).outputs();
            List<String> broken = new ArrayList<>();
            for (PolicySettings settings : PolicySettings.all()) {
                if (settings.acts()) {
                    String found = breach(loaded, settings, plain);
                    if (!found.isEmpty()) {
                        broken.add(settings + ": " + found);
                    }
                }
            }
            assertThat(broken).isEmpty();
        }
    }

    /** What is not as promised, empty where all is. */
    private static String breach(CachedTransformer loaded, PolicySettings settings, List<float[]> plain) {
        Run cached;
        try {
            cached = run(loaded, settings.active());
        } catch (UnsupportedPolicyException e) {
            return String.valueOf(e.getMessage()).isBlank() ? "refused without a reason" : "";
        } catch (RuntimeException e) {
            return "broke: " + e;
        }
        if (cached.traces().stream().noneMatch(StepTrace::reused)) {
            return "computed everything without a word";
        }
        double error = largestError(plain, cached.outputs());
        // Not below, so that NaN is found, too.
        if (!(error < FAR)) {
            return "is " + error + " from the uncached model";
        }
        if (settings.thresholdZero().isPresent()
                && largestError(
                                plain,
                                run(loaded, settings.thresholdZero().get()).outputs())
                        != 0) {
            return "changes the result with threshold 0";
        }
        return "";
    }

    private record Run(List<float[]> outputs, List<StepTrace> traces) {}

    private static Run run(CachedTransformer loaded, @Nullable CachePolicy policy) {
        try (CachedTransformer generation = loaded.newGeneration()) {
            if (policy != null) {
                generation.enableCache(policy);
            }
            List<float[]> outputs = new ArrayList<>();
            for (int i = 0; i < STEPS; i++) {
                Map<String, OnnxTensor> inputs = TestTensors.denoising(loaded.manifest(), 7, i, STEPS, 2);
                try (Outputs result = generation.run(Step.at(i, STEPS), inputs)) {
                    outputs.add(result.first().getFloatBuffer().array());
                } finally {
                    TestTensors.close(inputs);
                }
            }
            return new Run(outputs, generation.trace());
        }
    }

    /** Relative to the largest value of a step. */
    private static double largestError(List<float[]> expected, List<float[]> found) {
        double worst = 0;
        for (int step = 0; step < expected.size(); step++) {
            double largest = 0;
            double error = 0;
            for (int i = 0; i < expected.get(step).length; i++) {
                float value = found.get(step)[i];
                if (!Float.isFinite(value)) {
                    return Double.NaN;
                }
                largest = Math.max(largest, Math.abs(expected.get(step)[i]));
                error = Math.max(error, Math.abs(expected.get(step)[i] - value));
            }
            worst = Math.max(worst, error / largest);
        }
        return worst;
    }
}
