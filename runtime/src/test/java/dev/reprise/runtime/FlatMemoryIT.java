package dev.reprise.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.demo.DemoModels;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Thousands of steps with policies on and off leave native memory where it was. */
class FlatMemoryIT {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final int STEPS = 2000;
    private static final int WARMUP = 500;
    /** What heap, compiled code and allocator may still take after the warmup; one leaked tensor per step would be 100 MB. */
    private static final long TOLERANCE = 48 << 20;

    @TempDir
    private Path folder;

    @Test
    void nativeMemoryIsFlatOverTwoThousandSteps() throws IOException {
        assumeTrue(Files.exists(STATUS), "no /proc/self/status");
        Path bundle = TestBundles.cut(DemoModels.digits().resolve("torchscript.onnx"), folder);
        List<CachePolicy> policies = List.of(
                PolicyCatalogue.parse("pab", Map.of("spatial_attention_block_skip_range", 2)),
                PolicyCatalogue.parse("fbc", Map.of("threshold", 0.3)),
                PolicyCatalogue.parse("taylorseer", Map.of("cache_interval", 3, "use_lite_mode", true)));
        CachedTransformer transformer =
                CachedTransformer.open(bundle, SessionSettings.cpu().withTraceLength(100));
        try (transformer) {
            run(transformer, policies, WARMUP);
            long before = residentBytes();
            run(transformer, policies, STEPS);
            assertThat(residentBytes() - before).isLessThan(TOLERANCE);
        }
        assertThat(transformer.liveTensors().count()).isZero();
    }

    /** Changes the policy every 50 steps: each of them, then none. */
    private static void run(CachedTransformer transformer, List<CachePolicy> policies, int steps) {
        int generation = 50;
        List<Map<String, OnnxTensor>> inputs = new ArrayList<>();
        for (int i = 0; i < generation; i++) {
            inputs.add(TestTensors.denoising(transformer.manifest(), 1, i, generation, 1));
        }
        for (int step = 0; step < steps; step++) {
            int index = step % generation;
            if (index == 0) {
                transformer.disableCache();
                transformer.resetCache();
                int policy = step / generation % (policies.size() + 1);
                if (policy < policies.size()) {
                    transformer.enableCache(policies.get(policy));
                }
            }
            try (CacheContext context = transformer.cacheContext(step % 2 == 0 ? "cond" : "uncond");
                    Outputs outputs = transformer.run(Step.at(index, generation), inputs.get(index))) {
                assertThat(outputs.names()).as(context.name()).isNotEmpty();
            }
        }
        inputs.forEach(TestTensors::close);
    }

    private static long residentBytes() throws IOException {
        System.gc();
        for (String line : Files.readAllLines(STATUS)) {
            if (line.startsWith("RssAnon:")) {
                return 1024 * Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IOException("no RssAnon in " + STATUS);
    }
}
