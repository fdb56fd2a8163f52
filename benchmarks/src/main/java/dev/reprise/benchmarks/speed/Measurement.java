package dev.reprise.benchmarks.speed;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.io.Closer;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.parameter.TimestepRange;
import dev.reprise.cache.policy.FirstBlockCache;
import dev.reprise.cache.policy.PyramidAttentionBroadcast;
import dev.reprise.graph.bundle.Bundle;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.StepTrace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One model with some numbers of threads: the plain session, the cut model without a policy, with all attention reused, and with a
 * First Block Cache hit, a step of each in turn.
 */
final class Measurement implements AutoCloseable {
    /** Steps of each contestant before it is measured: memory is touched and policies have something to reuse. */
    private static final int WARM_UP = 3;

    /** Steps that are profiled. */
    private static final int PROFILED = 9;

    private final Path model;
    private final Path bundle;
    private final List<Entry> entries = new ArrayList<>();
    private final Closer closer = Closer.create();
    private final StepInputs inputs;

    /** All that runs with one number of threads. */
    private record Entry(int threads, Contestant plain, Generation cut, Map<String, Generation> policies) {
        List<Contestant> contestants() {
            List<Contestant> all = new ArrayList<>(List.of(plain, cut.contestant));
            policies.values().forEach(policy -> all.add(policy.contestant));
            return all;
        }
    }

    private record Generation(Contestant contestant, CachedTransformer transformer) {
        List<Double> millis() {
            return contestant.millis();
        }

        /** The last step. Those that are measured are all alike. */
        StepTrace trace() {
            List<StepTrace> trace = transformer.trace();
            return trace.get(trace.size() - 1);
        }
    }

    /** @param threads the first is that of the pool that cut models share */
    Measurement(Path model, Path bundle, List<Integer> threads) throws OrtException {
        this.model = model;
        this.bundle = bundle;
        for (int count : threads) {
            entries.add(open(count));
        }
        inputs = register(new StepInputs(entries.get(0).cut.transformer.manifest()));
    }

    private Entry open(int threads) throws OrtException {
        CachedTransformer transformer =
                register(CachedTransformer.open(bundle, SessionSettings.cpu().withThreads(threads)));
        PlainSession plain = PlainSession.open(model, threads);
        closer.register(() -> close(plain));
        Map<String, Generation> policies = new LinkedHashMap<>();
        policies.put("pab", generation(transformer, allAttention()));
        // The largest threshold there is: every step after the first is a hit.
        policies.put(
                "fbc",
                generation(
                        transformer,
                        FirstBlockCache.builder()
                                .set(FirstBlockCache.THRESHOLD, Double.MAX_VALUE)
                                .build()));
        return new Entry(threads, Contestant.plain(plain), generation(transformer), policies);
    }

    private Generation generation(CachedTransformer transformer, CachePolicy... policies) {
        CachedTransformer generation = register(transformer.newIsolatedGeneration());
        if (policies.length > 0) {
            generation.enableCache(policies);
        }
        generation.load();
        return new Generation(Contestant.cut(generation), generation);
    }

    /** Pyramid Attention Broadcast that reuses all attention in every second step. */
    static CachePolicy allAttention() {
        TimestepRange always = new TimestepRange(0, 1000);
        return PyramidAttentionBroadcast.builder()
                .set(PyramidAttentionBroadcast.SPATIAL_ATTENTION_BLOCK_SKIP_RANGE, 2)
                .set(PyramidAttentionBroadcast.SPATIAL_ATTENTION_TIMESTEP_SKIP_RANGE, always)
                .set(PyramidAttentionBroadcast.CROSS_ATTENTION_BLOCK_SKIP_RANGE, 2)
                .set(PyramidAttentionBroadcast.CROSS_ATTENTION_TIMESTEP_SKIP_RANGE, always)
                .build();
    }

    /** Steps of every contestant in turn, forwards and backwards: nobody always finds the caches of the same one. */
    void run(int rounds) throws OrtException {
        List<Contestant> contestants = new ArrayList<>();
        entries.forEach(entry -> contestants.addAll(entry.contestants()));
        for (int round = -WARM_UP; round < rounds; round++) {
            if (round == 0) {
                contestants.forEach(Contestant::forget);
            }
            Map<String, OnnxTensor> step = inputs.next();
            for (int i = 0; i < contestants.size(); i++) {
                int turn = round % 2 == 0 ? i : contestants.size() - 1 - i;
                contestants.get(turn).step(round + WARM_UP, step);
            }
        }
    }

    /** What was measured; profiles the plain session on the way. */
    ObjectNode json() throws OrtException, IOException {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ArrayNode results = json.putArray("threads");
        for (Entry entry : entries) {
            ObjectNode result = results.addObject();
            result.put("threads", entry.threads);
            describe(entry, result);
            Entry first = entries.get(0);
            result.put("plain_to_first_threads", Ratios.median(entry.plain.millis(), first.plain.millis()));
            result.put("cut_to_first_threads", Ratios.median(entry.cut.millis(), first.cut.millis()));
        }
        return json;
    }

    private void describe(Entry entry, ObjectNode json) throws OrtException, IOException {
        List<Double> cut = entry.cut.millis();
        json.put("plain_ms", Ratios.median(entry.plain.millis()));
        json.put("cut_ms", Ratios.median(cut));
        json.put("cut_to_plain", Ratios.median(cut, entry.plain.millis()));
        OperatorTimes operators = operators(entry.threads);
        StepTrace all = entry.cut.trace();
        entry.policies.forEach((name, policy) -> {
            StepTrace hit = policy.trace();
            double byMultiplyAdds = (double) hit.multiplyAdds() / all.multiplyAdds();
            double byOperators = operators.micros(hit.segmentsRun()) / operators.micros(all.segmentsRun());
            double measured = Ratios.median(policy.millis(), cut);
            json.putObject(name)
                    .put("step_ms", Ratios.median(policy.millis()))
                    .put("of_cut", measured)
                    .put("multiply_adds", byMultiplyAdds)
                    .put("excess_over_multiply_adds", measured / byMultiplyAdds - 1)
                    .put("operator_time", byOperators)
                    .put("excess_over_operator_time", measured / byOperators - 1);
        });
    }

    private OperatorTimes operators(int threads) throws OrtException, IOException {
        Path folder = Files.createTempDirectory("reprise-profile");
        Path profile;
        try (PlainSession session = PlainSession.profiled(model, threads, folder.resolve("plain"))) {
            for (int i = 0; i < PROFILED; i++) {
                session.run(inputs.next());
            }
            profile = session.profile();
        }
        try {
            return OperatorTimes.read(profile, Bundle.open(bundle));
        } finally {
            Files.delete(profile);
            Files.delete(folder);
        }
    }

    private <T extends AutoCloseable> T register(T resource) {
        closer.register(() -> close(resource));
        return resource;
    }

    private static void close(AutoCloseable resource) throws IOException {
        try {
            resource.close();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        closer.close();
    }
}
