package dev.reprise.benchmarks.memory;

import ai.onnxruntime.OrtException;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.policy.FirstBlockCache;
import dev.reprise.cache.policy.PyramidAttentionBroadcast;
import dev.reprise.cache.policy.TaylorSeer;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.runtime.CacheContext;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Resident memory over very many steps of a tiny model. Every 50 steps a generation ends and the policy changes: First Block Cache,
 * Pyramid Attention Broadcast, TaylorSeer, none; each with two guidance branches.
 *
 * <p>Usage: {@code LongRun [STEPS]}, 100,000 by default. The last line says by how much memory grew over the second half.
 */
public final class LongRun {
    private static final int GENERATION = 50;
    private static final int READINGS = 20;
    private static final List<CachePolicy> POLICIES = List.of(
            FirstBlockCache.builder().set(FirstBlockCache.THRESHOLD, 0.1).build(),
            PyramidAttentionBroadcast.builder()
                    .set(PyramidAttentionBroadcast.SPATIAL_ATTENTION_BLOCK_SKIP_RANGE, 2)
                    .build(),
            TaylorSeer.builder().set(TaylorSeer.USE_LITE_MODE, true).build());

    private LongRun() {}

    public static void main(String[] arguments) throws IOException, OrtException {
        int steps = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 100_000;
        Path folder = Files.createTempDirectory("reprise-long-run");
        Path model = RandomTransformer.write(folder, new RandomTransformer.Size(3, 64, 16, false, 0));
        Path bundle = Optimizer.cut(model, CutOptions.DEFAULTS).write(folder.resolve("bundle"));
        SessionSettings settings = SessionSettings.cpu().withThreads(1).withTraceLength(GENERATION);
        long half = 0;
        long end = 0;
        try (CachedTransformer transformer = CachedTransformer.open(bundle, settings);
                RandomInputs inputs = RandomInputs.of(transformer.inputs(), 1)) {
            for (int reading = 1; reading <= READINGS; reading++) {
                for (int generation = 0; generation < steps / READINGS / GENERATION; generation++) {
                    run(transformer, inputs, generation);
                }
                end = ProcessMemory.settled().anonymous();
                half = reading == READINGS / 2 ? end : half;
                System.out.println(steps / READINGS * reading + " steps: " + ProcessMemory.megabytes(end));
            }
        }
        System.out.println("second_half_growth_kb=" + ((end - half) >> 10));
    }

    @SuppressWarnings("try") // a context counts while it is open; nothing is asked of it
    private static void run(CachedTransformer transformer, RandomInputs inputs, int generation) {
        int policy = generation % (POLICIES.size() + 1);
        if (policy < POLICIES.size()) {
            transformer.enableCache(POLICIES.get(policy));
        }
        for (int step = 0; step < GENERATION; step++) {
            try (CacheContext context = transformer.cacheContext(step % 2 == 0 ? "cond" : "uncond")) {
                transformer
                        .run(
                                Step.at(step / 2, GENERATION / 2).withTimestep(999 - step * 1000.0 / GENERATION),
                                inputs.byName())
                        .close();
            }
        }
        transformer.disableCache();
        transformer.resetCache();
    }
}
