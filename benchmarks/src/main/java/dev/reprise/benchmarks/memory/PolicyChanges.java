package dev.reprise.benchmarks.memory;

import ai.onnxruntime.OrtException;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.parameter.Identifiers;
import dev.reprise.cache.policy.FirstBlockCache;
import dev.reprise.cache.policy.PyramidAttentionBroadcast;
import dev.reprise.cache.policy.TaylorSeer;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What changing the policy costs: none, First Block Cache, Pyramid Attention Broadcast, TaylorSeer, TaylorSeer's lite mode, none. For each the time until
 * its sessions are open, and by how much resident memory grew since the first, in hundredths of the weights. Then all once more: what opening again costs.
 *
 * <p>Usage: {@code PolicyChanges BUNDLE [THREADS]}, with {@code -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xms150m -Xmx150m -XX:+AlwaysPreTouch}, so that the Java virtual machine itself
 * grows little.
 */
public final class PolicyChanges {
    private static final int STEPS = 4;

    private PolicyChanges() {}

    private record Change(String name, @Nullable CachePolicy policy) {}

    public static void main(String[] arguments) throws OrtException {
        Path bundle = Path.of(arguments[0]);
        int threads = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 0;
        List<Change> changes = Arrays.asList(
                new Change("none", null),
                new Change(
                        "fbc",
                        FirstBlockCache.builder()
                                .set(FirstBlockCache.THRESHOLD, 0.1)
                                .build()),
                new Change("pab", PyramidAttentionBroadcast.builder().build()),
                new Change(
                        "taylorseer",
                        TaylorSeer.builder()
                                .set(TaylorSeer.CACHE_IDENTIFIERS, Identifiers.of(".*blocks\\.\\d+\\.attn1?"))
                                .build()),
                new Change(
                        "taylorseer lite",
                        TaylorSeer.builder().set(TaylorSeer.USE_LITE_MODE, true).build()),
                new Change("none", null));
        try (CachedTransformer transformer =
                        CachedTransformer.open(bundle, SessionSettings.cpu().withThreads(threads));
                RandomInputs inputs = RandomInputs.of(transformer.inputs(), 1)) {
            long weights = transformer.manifest().segments().stream()
                    .mapToLong(segment -> segment.weightBytes())
                    .sum();
            System.out.println(
                    "weights " + ProcessMemory.megabytes(weights) + "; at the start " + ProcessMemory.settled());
            double firstOpening = 0;
            Map<String, Double> openings = new HashMap<>();
            List<Change> twice = new ArrayList<>(changes);
            twice.addAll(changes);
            double mostGrown = 0;
            long first = 0;
            for (Change change : twice) {
                if (change.policy() != null) {
                    transformer.enableCache(change.policy());
                }
                long start = System.nanoTime();
                transformer.load();
                double opening = (System.nanoTime() - start) / 1e6;
                for (int step = 0; step < STEPS; step++) {
                    transformer
                            .run(Step.at(step, STEPS).withTimestep(999 - step), inputs.byName())
                            .close();
                }
                if (change.policy() != null) {
                    transformer.disableCache();
                }
                transformer.resetCache();
                ProcessMemory memory = ProcessMemory.settled();
                if (first == 0) {
                    first = memory.anonymous();
                    firstOpening = opening;
                }
                double before = openings.getOrDefault(change.name(), opening);
                openings.putIfAbsent(change.name(), opening);
                double grown = 100.0 * (memory.anonymous() - first) / weights;
                mostGrown = Math.max(mostGrown, grown);
                System.out.printf(
                        Locale.ROOT,
                        "%-16s opened in %6.0f ms (%5.1f %% of the first, %5.1f %% of its own first), grown by %5.1f %% of the weights; %s%n",
                        change.name(),
                        opening,
                        100 * opening / firstOpening,
                        100 * opening / before,
                        grown,
                        memory);
            }
            System.out.println("most_grown_percent=" + Math.round(mostGrown));
        }
    }
}
