package dev.reprise.benchmarks.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cache.policy.PyramidAttentionBroadcast;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.ort.NativeTensors;
import dev.reprise.ort.api.ModelRunException;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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
        try (CachedTransformer transformer = CachedTransformer.open(bundle, SessionSettings.cpu());
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
