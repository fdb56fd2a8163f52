package dev.reprise.benchmarks.memory;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import dev.reprise.cache.policy.FirstBlockCache;
import dev.reprise.cache.policy.PyramidAttentionBroadcast;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The most memory that a process ever takes which opens a model and computes a few steps: ONNX Runtime's default session, and the cut
 * model without cache, with First Block Cache and with Pyramid Attention Broadcast. Each in a process of its own.
 *
 * <p>Usage: {@code PeakMemory MODEL.onnx BUNDLE [THREADS]}. Caches are subtracted where a policy keeps one. The second ratio leaves out what the
 * same process takes with a model that weighs nothing: the Java virtual machine with its classes, which are some 25 MB more where this
 * library is loaded.
 */
public final class PeakMemory {
    private static final int STEPS = 6;

    /** A small heap: what the virtual machine does not collect because it has room would count. */
    private static final List<String> HEAP = List.of("-XX:+UseSerialGC", "-Xmx64m");

    private static final List<String> KINDS = List.of("default session", "none", "fbc", "pab");

    private PeakMemory() {}

    public static void main(String[] arguments) throws IOException, InterruptedException, OrtException {
        if (arguments.length == 4 && arguments[0].equals("one")) {
            one(arguments[1], arguments[2], Integer.parseInt(arguments[3]));
            return;
        }
        compare(KINDS, Path.of(arguments[0]), Path.of(arguments[1]), arguments.length > 2 ? arguments[2] : "0");
    }

    /** Prints the figures of these kinds, the default session first. */
    static void compare(List<String> kinds, Path model, Path bundle, String threads)
            throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("reprise-weightless");
        Path weightless = RandomTransformer.write(folder, new RandomTransformer.Size(2, 64, 16, false, 0));
        Path weightlessBundle = Optimizer.cut(weightless, CutOptions.DEFAULTS).write(folder.resolve("bundle"));
        long plain = 0;
        long plainOfModel = 0;
        for (String kind : kinds) {
            boolean unsplit = kind.equals(KINDS.get(0));
            long[] found = one(kind, unsplit ? model : bundle, threads);
            long fixed = one(kind, unsplit ? weightless : weightlessBundle, threads)[0];
            long peak = found[0];
            long settled = found[1];
            long cache = found[2];
            plain = plain == 0 ? peak : plain;
            plainOfModel = plainOfModel == 0 ? peak - fixed : plainOfModel;
            System.out.printf(
                    Locale.ROOT,
                    "%-16s peak %s, of that cache %s: without it %.3f times the default session, %.3f times for the model alone; after the last step %s%n",
                    kind,
                    ProcessMemory.megabytes(peak),
                    ProcessMemory.megabytes(cache),
                    (peak - cache) / (double) plain,
                    (peak - cache - fixed) / (double) plainOfModel,
                    ProcessMemory.megabytes(settled));
        }
    }

    private static long[] one(String kind, Path file, String threads) throws IOException, InterruptedException {
        String found = OwnProcess.run(HEAP, PeakMemory.class, "one", kind, file.toString(), threads);
        return Arrays.stream(found.split(" ", -1)).mapToLong(Long::parseLong).toArray();
    }

    private static void one(String kind, String file, int threads) throws OrtException {
        if (kind.equals(KINDS.get(0))) {
            plain(file, threads);
        } else {
            cut(kind, file, threads);
        }
    }

    /** What the caller reads: peak, resident memory now, bytes of the cache at most. */
    private static void print(long cache) {
        ProcessMemory memory = ProcessMemory.settled();
        System.out.println(memory.peak() + " " + (memory.anonymous() + memory.files()) + " " + cache);
    }

    private static void plain(String model, int threads) throws OrtException {
        try (SessionOptions options = new SessionOptions()) {
            if (threads > 0) {
                options.setIntraOpNumThreads(threads);
            }
            try (OrtSession session = OrtEnvironment.getEnvironment().createSession(model, options);
                    RandomInputs inputs = RandomInputs.of(session, 1)) {
                for (int step = 0; step < STEPS; step++) {
                    session.run(inputs.byName()).close();
                }
                print(0);
            }
        }
    }

    private static void cut(String policy, String bundle, int threads) throws OrtException {
        SessionSettings settings = SessionSettings.cpu().withThreads(threads);
        try (CachedTransformer transformer = CachedTransformer.open(Path.of(bundle), settings);
                RandomInputs inputs = RandomInputs.of(transformer.inputs(), 1)) {
            if (policy.equals("fbc")) {
                transformer.enableCache(FirstBlockCache.builder()
                        .set(FirstBlockCache.THRESHOLD, 0.1)
                        .build());
            } else if (policy.equals("pab")) {
                transformer.enableCache(PyramidAttentionBroadcast.builder()
                        .set(PyramidAttentionBroadcast.SPATIAL_ATTENTION_BLOCK_SKIP_RANGE, 2)
                        .build());
            }
            for (int step = 0; step < STEPS; step++) {
                // From 600 on, where Pyramid Attention Broadcast reuses.
                transformer
                        .run(Step.at(step, STEPS).withTimestep(600 - 50 * step), inputs.byName())
                        .close();
            }
            print(transformer.summary().peakCacheBytes());
        }
    }
}
