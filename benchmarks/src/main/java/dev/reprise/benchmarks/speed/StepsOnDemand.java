package dev.reprise.benchmarks.speed;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.policy.FirstBlockCache;
import dev.reprise.graph.bundle.RewriteLevel;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.optimizer.CutModel;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.optimizer.api.QuantizeOptions;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.SessionSettings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs steps of one model when told to, so that a program of another language can measure in turn with it. Reads a word a line, runs two
 * steps and prints the milliseconds of the second one.
 *
 * <pre>
 *   cut    computes everything
 *   fbc    a hit of First Block Cache
 *   pab    all attention reused
 *   int8   computes everything, every layer that can be in int8: for speed only, whatever the error
 * </pre>
 */
public final class StepsOnDemand {
    /** Anything: weights are random here. */
    private static final double ANY_ERROR = 0.999;

    private StepsOnDemand() {}

    public static void main(String[] arguments) throws IOException, OrtException {
        if (arguments.length != 3) {
            System.err.println("usage: StepsOnDemand MODEL.onnx FOLDER THREADS");
            System.exit(2);
        }
        SessionSettings settings = SessionSettings.cpu()
                .withThreads(Integer.parseInt(arguments[2]))
                .reserveThreads();
        Path model = Path.of(arguments[0]);
        Path bundle = Path.of(arguments[1]).resolve(model.getFileName() + ".bundle");
        CutModel cut = Optimizer.cut(model, CutOptions.DEFAULTS);
        try (StepInputs inputs = new StepInputs(cut.manifest())) {
            Map<String, StoredTensor> step = inputs.stored();
            cut.writeQuantized(bundle, new QuantizeOptions(ANY_ERROR, List.of(step), "random numbers"));
            try (CachedTransformer plain = CachedTransformer.open(bundle, settings);
                    CachedTransformer fbc = generation(plain, everyStep());
                    CachedTransformer pab = generation(plain, Measurement.allAttention());
                    CachedTransformer int8 = CachedTransformer.open(bundle, settings.withRewrites(RewriteLevel.ALL))) {
                serve(Map.of("cut", plain, "fbc", fbc, "pab", pab, "int8", int8), inputs);
            }
        }
    }

    /** The largest threshold there is: every step after the first is a hit. */
    private static CachePolicy everyStep() {
        return FirstBlockCache.builder()
                .set(FirstBlockCache.THRESHOLD, Double.MAX_VALUE)
                .build();
    }

    private static CachedTransformer generation(CachedTransformer loaded, CachePolicy policy) {
        CachedTransformer generation = loaded.newIsolatedGeneration();
        generation.enableCache(policy);
        generation.load();
        return generation;
    }

    private static void serve(Map<String, CachedTransformer> transformers, StepInputs inputs)
            throws IOException, OrtException {
        Map<String, Contestant> contestants = new LinkedHashMap<>();
        transformers.forEach((name, transformer) -> contestants.put(name, Contestant.cut(transformer)));
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        System.out.println("ready");
        int round = 0;
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            Contestant contestant = contestants.get(line.strip());
            if (contestant == null) {
                throw new IllegalArgumentException(
                        "expected one of " + contestants.keySet() + ", found '" + line + "'");
            }
            Map<String, OnnxTensor> step = inputs.next();
            contestant.step(round, step);
            round++;
            List<Double> millis = contestant.millis();
            System.out.println(millis.get(millis.size() - 1));
        }
    }
}
