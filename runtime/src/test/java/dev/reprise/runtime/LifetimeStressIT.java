package dev.reprise.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import dev.reprise.testdata.ForkedJvm;
import dev.reprise.testdata.TestModels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Native memory that is used after its owner is gone ends the process or changes values. So: models opened and closed by several
 * threads while others run, policies that change, different numbers of threads, inputs that are dropped unclosed, the garbage
 * collector running all the time in a small heap, and a C library that overwrites what is freed.
 */
class LifetimeStressIT {
    @TempDir
    private Path folder;

    /** Prints how many generations gave the bits that one alone gives. Arguments: bundle, rounds of each thread. */
    public static final class Stress {
        private static final int THREADS = 4;
        private static final int STEPS = 6;

        private static final List<List<CachePolicy>> POLICIES = List.of(
                List.of(),
                List.of(PolicyCatalogue.parse("pab", Map.of("spatial_attention_block_skip_range", 2))),
                List.of(PolicyCatalogue.parse("fbc", Map.of("threshold", 0.3))),
                List.of(PolicyCatalogue.parse("taylorseer", Map.of("cache_interval", 2, "use_lite_mode", true))));

        private static Path bundle;

        public static void main(String[] arguments) throws Exception {
            bundle = Path.of(arguments[0]);
            int rounds = Integer.parseInt(arguments[1]);
            ExecutorService threads = Executors.newFixedThreadPool(THREADS);
            Thread collector = new Thread(Stress::collect);
            collector.setDaemon(true);
            CachedTransformer opened = open(0);
            try (CachedTransformer shared = opened) {
                List<Integer> expected = new ArrayList<>();
                for (List<CachePolicy> policies : POLICIES) {
                    expected.add(generation(shared, policies));
                }
                collector.start();
                List<Future<Integer>> equal = new ArrayList<>();
                for (int i = 0; i < THREADS; i++) {
                    int seed = i;
                    equal.add(threads.submit(() -> run(shared, expected, rounds, seed)));
                }
                int all = 0;
                for (Future<Integer> one : equal) {
                    all += one.get();
                }
                System.out.println("equal=" + all);
            } finally {
                threads.shutdown();
            }
            System.out.println("live=" + opened.liveTensors().count());
        }

        private static CachedTransformer open(int threads) {
            return CachedTransformer.open(bundle, SessionSettings.cpu().withThreads(threads));
        }

        private static void collect() {
            while (true) {
                System.gc();
                Thread.onSpinWait();
            }
        }

        private static int run(CachedTransformer shared, List<Integer> expected, int rounds, int seed) {
            SplittableRandom random = new SplittableRandom(seed);
            int equal = 0;
            for (int round = 0; round < rounds; round++) {
                // Every other one on a model of its own, which closes while the others' sessions run.
                try (CachedTransformer model = round % 2 == 0 ? open(1 + random.nextInt(2)) : shared.newGeneration()) {
                    for (int change = 0; change < 3; change++) {
                        int policy = random.nextInt(POLICIES.size());
                        equal += generation(model, POLICIES.get(policy)) == expected.get(policy) ? 1 : 0;
                    }
                }
            }
            return equal;
        }

        /** Hash code of the outputs of all steps. */
        private static int generation(CachedTransformer model, List<CachePolicy> policies) {
            model.disableCache();
            model.resetCache();
            if (!policies.isEmpty()) {
                model.enableCache(policies.toArray(CachePolicy[]::new));
            }
            List<Integer> outputs = new ArrayList<>();
            for (int step = 0; step < STEPS; step++) {
                Map<String, OnnxTensor> inputs = TestTensors.denoising(model.manifest(), 1, step, STEPS, 2);
                outputs.add(Arrays.hashCode(TestTensors.take(model.run(Step.at(step, STEPS), inputs))));
                if (step % 2 == 0) {
                    TestTensors.close(inputs);
                }
            }
            return outputs.hashCode();
        }
    }

    @Test
    void nothingIsUsedAfterItsOwnerIsGone() throws Exception {
        Path bundle = TestBundles.cut(TestModels.golden("pixart").resolve("torchscript_dynamic.onnx"), folder);
        int rounds = 6;

        List<String> lines = new ForkedJvm()
                .environment("MALLOC_PERTURB_", "165")
                .run(Stress.class, bundle.toString(), Integer.toString(rounds));

        assertThat(lines).contains("equal=" + Stress.THREADS * rounds * 3, "live=0");
    }
}
