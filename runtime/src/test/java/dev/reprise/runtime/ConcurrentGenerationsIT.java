package dev.reprise.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.demo.DemoModels;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many generations at once, with different policies, of different lengths, each beginning anew while others run. */
class ConcurrentGenerationsIT {
    private static final int GENERATIONS = 16;
    private static final int STEPS = 12;
    private static final int ROUNDS = 2;

    private static final List<CachePolicy> POLICIES = List.of(
            PolicyCatalogue.parse("pab", Map.of("spatial_attention_block_skip_range", 2)),
            PolicyCatalogue.parse("fbc", Map.of("threshold", 0.3)),
            PolicyCatalogue.parse("taylorseer", Map.of("cache_interval", 3, "use_lite_mode", true)));

    @TempDir
    private Path folder;

    @Test
    void sixteenAtOnceGiveTheBitsOfOneAfterTheOther() throws InterruptedException, ExecutionException {
        Path bundle = TestBundles.cut(DemoModels.digits().resolve("torchscript.onnx"), folder);
        CachedTransformer first = CachedTransformer.open(bundle, SessionSettings.cpu());
        try (first) {
            List<List<Integer>> serial = new ArrayList<>();
            for (int generation = 0; generation < GENERATIONS; generation++) {
                serial.addAll(run(first.newIsolatedGeneration(), generation, 1));
            }
            List<List<Integer>> concurrent = atOnce(first);
            for (int generation = 0; generation < GENERATIONS; generation++) {
                for (int round = 0; round < ROUNDS; round++) {
                    assertThat(concurrent.get(generation * ROUNDS + round))
                            .as("generation %d, round %d", generation, round)
                            .isEqualTo(serial.get(generation));
                }
            }
            // One seed, four policies: that they differ shows that the policies did something.
            assertThat(serial.get(0)).isNotEqualTo(serial.get(POLICIES.size()));
        }
        assertThat(first.liveTensors().count()).isZero();
    }

    private static List<List<Integer>> atOnce(CachedTransformer model) throws InterruptedException, ExecutionException {
        CountDownLatch ready = new CountDownLatch(GENERATIONS);
        ExecutorService threads = Executors.newFixedThreadPool(GENERATIONS);
        try {
            List<Callable<List<List<Integer>>>> calls = new ArrayList<>();
            for (int i = 0; i < GENERATIONS; i++) {
                int generation = i;
                calls.add(() -> {
                    CachedTransformer transformer = model.newGeneration();
                    ready.countDown();
                    ready.await();
                    return run(transformer, generation, ROUNDS);
                });
            }
            List<List<Integer>> outputs = new ArrayList<>();
            for (Future<List<List<Integer>>> done : threads.invokeAll(calls)) {
                outputs.addAll(done.get());
            }
            return outputs;
        } finally {
            threads.shutdown();
        }
    }

    /** Of each round, a hash code of the outputs of each step. */
    private static List<List<Integer>> run(CachedTransformer transformer, int generation, int rounds) {
        int policy = generation % (POLICIES.size() + 1);
        int steps = STEPS - generation % 3;
        List<List<Integer>> found = new ArrayList<>();
        try (transformer) {
            if (policy < POLICIES.size()) {
                transformer.enableCache(POLICIES.get(policy));
            }
            for (int round = 0; round < rounds; round++) {
                List<Integer> outputs = new ArrayList<>();
                for (int step = 0; step < steps; step++) {
                    Map<String, OnnxTensor> inputs =
                            TestTensors.denoising(transformer.manifest(), generation / 4, step, steps, 1);
                    outputs.add(Arrays.hashCode(TestTensors.take(transformer.run(Step.at(step, steps), inputs))));
                    TestTensors.close(inputs);
                }
                found.add(outputs);
                transformer.resetCache();
            }
        }
        return found;
    }
}
