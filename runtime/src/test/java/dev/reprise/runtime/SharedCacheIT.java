package dev.reprise.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import dev.reprise.runtime.api.StepTrace;
import dev.reprise.testdata.TestModels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A repeated prompt on real exports: the same bits, and none of the prompt's and the schedule's products. */
class SharedCacheIT {
    private static final int STEPS = 3;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "pixart, torchscript_dynamic.onnx, encoder_hidden_states",
        "pixart, dynamo_dynamic.onnx, encoder_hidden_states",
        "sd3, torchscript.onnx, encoder_hidden_states",
        "flux, dynamo.onnx, encoder_hidden_states"
    })
    void theSecondGenerationGivesTheSameBitsForLess(String architecture, String file, String text) {
        Path bundle = TestBundles.cut(TestModels.golden(architecture).resolve(file), folder);
        CachedTransformer model = CachedTransformer.open(bundle, SessionSettings.cpu());
        try (model) {
            for (String policy : List.of("none", "pyramid_attention_broadcast")) {
                try (CachedTransformer alone = model.newIsolatedGeneration();
                        CachedTransformer first = model.newGeneration();
                        CachedTransformer second = model.newGeneration()) {
                    for (CachedTransformer generation : List.of(alone, first, second)) {
                        if (!policy.equals("none")) {
                            generation.enableCache(
                                    PolicyCatalogue.parse(policy, Map.of("spatial_attention_block_skip_range", 2)));
                        }
                    }
                    List<byte[]> expected = run(alone, 1);
                    assertSame(run(first, 1), expected);
                    assertSame(run(second, 1), expected);
                    requireSaved(alone, second, text);
                    // The other prompt of a running loop has the schedule, and not the prompt.
                    alone.resetCache();
                    second.resetCache();
                    assertSame(run(second, 2), run(alone, 2));
                    assertThat(sharedInputs(second.trace().get(0), second)).doesNotContain(text);
                }
            }
        }
        assertThat(model.liveTensors().count()).isZero();
    }

    /** Every stage that the latents do not reach was taken, in each step. */
    private static void requireSaved(CachedTransformer alone, CachedTransformer second, String text) {
        StepTrace step = second.trace().get(0);
        assertThat(sharedInputs(step, second))
                .contains(text, second.manifest().roles().timestep());
        assertThat(step.multiplyAdds()).isLessThan(alone.trace().get(0).multiplyAdds());
        String latents = second.manifest().roles().latents();
        for (StepTrace each : second.trace()) {
            each.segmentsRun().stream()
                    .mapToObj(segment -> second.manifest().segments().get(segment))
                    .forEach(ran -> assertThat(ran.dependsOn()).as(ran.file()).contains(latents));
        }
    }

    /** Inputs of the segments whose results were shared. */
    private static Set<String> sharedInputs(StepTrace step, CachedTransformer model) {
        Set<String> inputs = new TreeSet<>();
        step.segmentsShared().stream()
                .forEach(segment ->
                        inputs.addAll(model.manifest().segments().get(segment).dependsOn()));
        return inputs;
    }

    private static List<byte[]> run(CachedTransformer generation, long seed) {
        List<byte[]> outputs = new ArrayList<>();
        for (int step = 0; step < STEPS; step++) {
            Map<String, OnnxTensor> inputs = TestTensors.denoising(generation.manifest(), seed, step, STEPS, 2);
            outputs.add(TestTensors.take(generation.run(Step.at(step, STEPS), inputs)));
            TestTensors.close(inputs);
        }
        return outputs;
    }

    private static void assertSame(List<byte[]> found, List<byte[]> expected) {
        for (int step = 0; step < STEPS; step++) {
            assertThat(found.get(step)).as("step %d", step).isEqualTo(expected.get(step));
        }
    }
}
