package dev.reprise.benchmarks.speed;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import dev.reprise.cache.policy.DeepCache;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import dev.reprise.runtime.api.StepTrace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What DeepCache saves of a UNet's time, against what it saves of its multiply-adds; prints JSON. Cycles of {@code INTERVAL} steps, of
 * which the first computes everything: with the unsplit model in a plain ONNX Runtime session, with the cut one, and with DeepCache,
 * each step of the three in turn. Ratios are medians over the cycles of the ratios of times taken right after each other, so that
 * what else runs on the machine counts in both.
 *
 * <pre>  java -cp benchmarks/target/reprise-benchmarks-….jar dev.reprise.benchmarks.speed.DeepCacheSpeed MODEL.onnx CYCLES THREADS INTERVAL BRANCH</pre>
 */
public final class DeepCacheSpeed implements AutoCloseable {
    private static final double TIMESTEP = 500;

    private final int interval;
    private final int branch;
    private final int threads;
    private final PlainSession plain;
    private final CachedTransformer cut;
    private final CachedTransformer cached;
    private final StepInputs inputs;
    private final long fileBytes;

    private DeepCacheSpeed(Path model, Path bundle, int threads, int interval, int branch)
            throws OrtException, IOException {
        this.interval = interval;
        this.branch = branch;
        this.threads = threads;
        cut = CachedTransformer.open(bundle, SessionSettings.cpu().withThreads(threads));
        cached = cut.newIsolatedGeneration();
        cached.enableCache(DeepCache.builder()
                .set(DeepCache.CACHE_INTERVAL, interval)
                .set(DeepCache.CACHE_BRANCH_ID, branch)
                .build());
        cached.load();
        plain = PlainSession.open(model, threads);
        inputs = new StepInputs(cut.manifest());
        fileBytes = Files.size(model);
    }

    public static void main(String[] arguments) throws IOException, OrtException {
        if (arguments.length != 5) {
            System.err.println("usage: DeepCacheSpeed MODEL.onnx CYCLES THREADS INTERVAL BRANCH");
            System.exit(2);
        }
        Path model = Path.of(arguments[0]);
        int threads = Integer.parseInt(arguments[2]);
        // Before anything is cut, which would make a pool of another size.
        SessionSettings.cpu().withThreads(threads).reserveThreads();
        Path folder = Files.createTempDirectory("reprise-deep-cache");
        try {
            Path bundle = Optimizer.cut(model, CutOptions.DEFAULTS).write(folder.resolve("bundle"));
            int interval = Integer.parseInt(arguments[3]);
            int branch = Integer.parseInt(arguments[4]);
            try (DeepCacheSpeed speed = new DeepCacheSpeed(model, bundle, threads, interval, branch)) {
                ObjectNode json = speed.measure(Integer.parseInt(arguments[1]));
                System.out.println(new ObjectMapper()
                        .enable(SerializationFeature.INDENT_OUTPUT)
                        .writeValueAsString(json));
            }
        } finally {
            MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
        }
    }

    /** Times of one contestant: of whole cycles, and of their last step. */
    private record Times(List<Double> cycles, List<Double> lastSteps) {
        Times() {
            this(new ArrayList<>(), new ArrayList<>());
        }

        void add(double[] steps) {
            double sum = 0;
            for (double step : steps) {
                sum += step;
            }
            cycles.add(sum);
            lastSteps.add(steps[steps.length - 1]);
        }
    }

    private ObjectNode measure(int cycles) throws OrtException {
        Times plainTimes = new Times();
        Times cutTimes = new Times();
        Times cachedTimes = new Times();
        long computed = 0;
        long all = 0;
        // The first cycle warms up.
        for (int cycle = 0; cycle <= cycles; cycle++) {
            double[][] millis = new double[3][interval];
            for (int i = 0; i < interval; i++) {
                // One timestep for all: random ones that rise look like a new generation, in which everything computes.
                Step step = Step.at(cycle * interval + i).withTimestep(TIMESTEP);
                Map<String, OnnxTensor> tensors = inputs.next();
                millis[0][i] = millis(() -> plain.run(tensors));
                millis[1][i] = millis(() -> cut.run(step, tensors).close());
                millis[2][i] = millis(() -> cached.run(step, tensors).close());
                computed += last(cached).multiplyAdds();
                all += last(cut).multiplyAdds();
            }
            if (cycle > 0) {
                plainTimes.add(millis[0]);
                cutTimes.add(millis[1]);
                cachedTimes.add(millis[2]);
            }
        }
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("file_mb", fileBytes / 1e6)
                .put("multiply_adds", last(cut).multiplyAdds())
                .put("threads", threads)
                .put("cycles", cycles)
                .put("interval", interval)
                .put("branch", branch)
                .put("plain_step_ms", Ratios.median(plainTimes.cycles) / interval)
                .put("cut_to_plain", Ratios.median(cutTimes.cycles, plainTimes.cycles));
        json.putObject("cycle")
                .put("multiply_adds", (double) computed / all)
                .put("time_of_cut", Ratios.median(cachedTimes.cycles, cutTimes.cycles))
                .put("time_of_plain", Ratios.median(cachedTimes.cycles, plainTimes.cycles));
        json.putObject("shallow_step")
                .put(
                        "multiply_adds",
                        (double) last(cached).multiplyAdds() / last(cut).multiplyAdds())
                .put("time_of_cut", Ratios.median(cachedTimes.lastSteps, cutTimes.lastSteps))
                .put("time_of_plain", Ratios.median(cachedTimes.lastSteps, plainTimes.lastSteps));
        return json;
    }

    private interface Run {
        void run() throws OrtException;
    }

    private static double millis(Run run) throws OrtException {
        long start = System.nanoTime();
        run.run();
        return (System.nanoTime() - start) / 1e6;
    }

    private static StepTrace last(CachedTransformer transformer) {
        List<StepTrace> trace = transformer.trace();
        return trace.get(trace.size() - 1);
    }

    @Override
    public void close() throws OrtException {
        inputs.close();
        cached.close();
        plain.close();
        cut.close();
    }
}
