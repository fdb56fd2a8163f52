package dev.reprise.benchmarks.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cache.policy.PyramidAttentionBroadcast;
import dev.reprise.graph.bundle.RewriteLevel;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.ort.NativeTensors;
import dev.reprise.ort.api.ModelRunException;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import dev.reprise.testdata.ForkedJvm;
import dev.reprise.testdata.WebGpuDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Where memory does not suffice, a step fails and nothing else. On Linux, which by itself promises no more memory than it has. */
@EnabledOnOs(OS.LINUX)
class OutOfMemoryIT {
    private static final int FEW = 16;

    /** Attention between all of them takes 4 TB. */
    private static final int TOO_MANY = 1_000_000;

    @TempDir
    private Path folder;

    @Test
    void aGenerationThatNeedsTooMuchFailsAndTheModelGoesOn() throws IOException {
        assumeFalse(
                Files.readString(Path.of("/proc/sys/vm/overcommit_memory"))
                        .strip()
                        .equals("1"),
                "this machine promises any amount of memory");
        Path model =
                RandomTransformer.write(folder, new RandomTransformer.Size(2, 64, RandomTransformer.OPEN, false, 0));
        Path bundle = Optimizer.cut(model, CutOptions.DEFAULTS).write(folder.resolve("bundle"));
        // Rewritten attention never holds the scores: it would compute for hours instead.
        SessionSettings settings = SessionSettings.cpu().withoutSharedCache().withRewrites(RewriteLevel.NONE);
        try (CachedTransformer transformer = CachedTransformer.open(bundle, settings);
                CachedTransformer other = transformer.newGeneration()) {
            transformer.enableCache(PyramidAttentionBroadcast.builder()
                    .set(PyramidAttentionBroadcast.SPATIAL_ATTENTION_BLOCK_SKIP_RANGE, 2)
                    .build());
            float[] expected = run(transformer, 0, FEW);
            float[] expectedOfOther = run(other, 0, FEW);

            assertThatThrownBy(() -> run(transformer, 1, TOO_MANY))
                    .isInstanceOf(ModelRunException.class)
                    .hasMessageContaining("allocate memory");

            assertThat(run(other, 1, FEW)).isEqualTo(expectedOfOther);
            transformer.resetCache();
            assertThat(run(transformer, 0, FEW)).isEqualTo(expected);
            transformer.resetCache();
            other.resetCache();
            assertThat(transformer.summary().liveTensors()).isZero();
        }
    }

    /** Feeds more than the largest buffer of the device holds, and says what comes of it. */
    public static final class OnDevice {
        /** A device in software has buffers of 1 GB, and a shader takes twelve: attention between all of these takes 160. */
        private static final int TOO_MANY_HERE = 200_000;

        public static void main(String[] arguments) {
            CachedTransformer opened = CachedTransformer.open(
                    Path.of(arguments[0]), SessionSettings.webGpu(Map.of()).withoutSharedCache());
            try (CachedTransformer transformer = opened;
                    CachedTransformer other = transformer.newGeneration()) {
                transformer.enableCache(PyramidAttentionBroadcast.builder()
                        .set(PyramidAttentionBroadcast.SPATIAL_ATTENTION_BLOCK_SKIP_RANGE, 2)
                        .build());
                float[] expected = run(transformer, 0, FEW);
                float[] expectedOfOther = run(other, 0, FEW);
                for (int step = 1; step < 3; step++) {
                    try {
                        run(transformer, step, TOO_MANY_HERE);
                        System.out.println("no failure");
                    } catch (ModelRunException e) {
                        System.out.println("failed: " + e.getMessage());
                    }
                }
                System.out.println("other as before: " + Arrays.equals(expectedOfOther, run(other, 1, FEW)));
                transformer.resetCache();
                System.out.println("as before: " + Arrays.equals(expected, run(transformer, 0, FEW)));
                transformer.resetCache();
                other.resetCache();
                System.out.println("live=" + transformer.summary().liveTensors());
            }
        }
    }

    @Test
    void aGenerationThatNeedsMoreThanTheDeviceHasFailsAndTheModelGoesOn() throws Exception {
        ForkedJvm jvm = WebGpuDevice.requireJvm();
        Path model =
                RandomTransformer.write(folder, new RandomTransformer.Size(2, 64, RandomTransformer.OPEN, false, 0));
        Path bundle = Optimizer.cut(model, CutOptions.DEFAULTS).write(folder.resolve("bundle"));

        List<String> lines = jvm.run(OnDevice.class, bundle.toString());

        assertThat(lines)
                .filteredOn(line -> line.startsWith("failed: ") && line.contains("attn1"))
                .hasSize(2);
        assertThat(lines).contains("other as before: true", "as before: true", "live=0");
    }

    private static float[] run(CachedTransformer transformer, int step, int tokens) {
        float[] latents = new float[tokens * 16];
        Arrays.fill(latents, 0.5f);
        try (OnnxTensor hidden = NativeTensors.floats(latents, 1, tokens, 16);
                OnnxTensor timestep = NativeTensors.floats(new float[] {500}, 1);
                Outputs outputs = transformer.run(
                        Step.at(step, 8).withTimestep(500), Map.of("hidden_states", hidden, "timestep", timestep))) {
            return outputs.first().getFloatBuffer().array();
        }
    }
}
