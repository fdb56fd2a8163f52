package dev.reprise.benchmarks.frontier;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.graph.json.JsonFile;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.tune.Budget;
import dev.reprise.runtime.tune.Candidate;
import dev.reprise.runtime.tune.Measured;
import dev.reprise.runtime.tune.Tuned;
import dev.reprise.runtime.tune.Tuner;
import dev.reprise.runtime.tune.TuningSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Every policy at equal computed share on a trained model. {@code tune} brings each preset to each budget and finds the best schedule; then all
 * of them draw images of seeds that nothing was tuned on, and are compared with those of no policy.
 *
 * <pre>
 *   java dev.reprise.benchmarks.frontier.Frontier digits|video results.json [images] [minutes] [evaluations,…]
 * </pre>
 */
public final class Frontier {
    private static final int STEPS = 30;
    private static final String BUDGETS = "15,10,8,6";
    private static final int TUNED_ON = 20;
    /** Seeds of the final images begin here, far behind those tuned on. */
    private static final int UNSEEN = 10_000;

    private final DemoRollout rollout;
    private final int batches;
    private final CachedTransformer model;
    private final List<List<float[]>> uncached = new ArrayList<>();

    private Frontier(DemoRollout rollout, int images, CachedTransformer model) {
        this.rollout = rollout;
        this.model = model;
        batches = batches(images);
    }

    public static void main(String[] args) throws IOException {
        if (args.length < 2 || !List.of("digits", "video").contains(args[0])) {
            throw new IllegalArgumentException("expected digits|video results.json [images] [minutes] [evaluations,…]");
        }
        DemoRollout rollout = args[0].equals("digits") ? DemoRollout.digits(STEPS) : DemoRollout.video(STEPS);
        int images = args.length > 2 ? Integer.parseInt(args[2]) : 100;
        double minutes = args.length > 3 ? Double.parseDouble(args[3]) : 5;
        List<Integer> budgets = Stream.of((args.length > 4 ? args[4] : BUDGETS).split(","))
                .map(Integer::valueOf)
                .toList();
        Path bundle = Optimizer.cut(rollout.model(), CutOptions.DEFAULTS)
                .write(Files.createTempDirectory("reprise").resolve("bundle"));
        try (CachedTransformer model = CachedTransformer.open(bundle, SessionSettings.cpu())) {
            ObjectNode results =
                    new Frontier(rollout, images, model).measure(Duration.ofMillis((long) (minutes * 60_000)), budgets);
            Files.writeString(
                    Path.of(args[1]),
                    JsonFile.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(results) + "\n");
        }
    }

    private int batches(int images) {
        int each = rollout.prompts().size();
        return Math.max(1, (images + each - 1) / each);
    }

    private ObjectNode measure(Duration time, List<Integer> budgets) {
        try (CachedTransformer plain = model.newIsolatedGeneration()) {
            for (int batch = 0; batch < batches; batch++) {
                plain.resetCache();
                uncached.add(rollout.run(plain, UNSEEN + batch));
            }
        }
        ObjectMapper mapper = JsonFile.mapper();
        ObjectNode results = mapper.createObjectNode();
        results.put("model", rollout.name());
        results.put("steps", STEPS);
        results.put("images", batches * rollout.prompts().size());
        results.put("images_tuned_on", batches(TUNED_ON) * rollout.prompts().size());
        ArrayNode rows = results.putArray("results");
        for (int budget : budgets) {
            Tuned tuned = new Tuner(model, rollout, new TuningSettings(batches(TUNED_ON), 1, time, 1, Map.of()))
                    .onProgress(line -> System.err.println(budget + ": " + line))
                    .tune(new Budget(Budget.Kind.EVALUATIONS, budget));
            contestants(tuned, budget).forEach((name, candidate) -> rows.add(row(name, budget, candidate)));
        }
        return results;
    }

    /** What was tuned, the even schedule that goes on linearly, and every preset. */
    private static Map<String, Candidate> contestants(Tuned tuned, int budget) {
        Map<String, Candidate> named = new LinkedHashMap<>();
        named.put("tune", tuned.best().candidate());
        named.put("uniform_linear", uniformLinear(budget));
        for (Measured each : tuned.ranking()) {
            if (!each.candidate().policy().equals("combined")) {
                named.put(each.candidate().policy(), each.candidate());
            }
        }
        return named;
    }

    private static Candidate uniformLinear(int evaluations) {
        StringBuilder mask = new StringBuilder("0".repeat(STEPS));
        for (int i = 0; i < evaluations; i++) {
            mask.setCharAt((int) Math.round((double) i * STEPS / evaluations), '1');
        }
        return new Candidate(
                "combined",
                Map.of("when", Map.of("mask", Map.of("steps", mask.toString())), "what", "taylor", "where", "output"));
    }

    private ObjectNode row(String name, int budget, Candidate candidate) {
        List<Double> psnrs = new ArrayList<>();
        double ssim = 0;
        double share = 0;
        long[] nanos = new long[1];
        try (CachedTransformer cached = model.newIsolatedGeneration()) {
            cached.enableCache(PolicyCatalogue.parse(candidate.policy(), candidate.parameters()));
            for (int batch = 0; batch < batches; batch++) {
                cached.resetCache();
                cached.onStep(step -> nanos[0] += step.nanos());
                List<float[]> found = rollout.run(cached, UNSEEN + batch);
                share += cached.summary().computedShare() / batches;
                for (int i = 0; i < found.size(); i++) {
                    float[] expected = uncached.get(batch).get(i);
                    psnrs.add(Similarity.psnr(found.get(i), expected));
                    ssim += Similarity.ssim(found.get(i), expected, rollout.image());
                }
            }
        }
        double mean = psnrs.stream().mapToDouble(Double::doubleValue).average().orElse(0);
        double variance = psnrs.stream()
                .mapToDouble(each -> (each - mean) * (each - mean))
                .average()
                .orElse(0);
        ObjectNode row = JsonFile.mapper().createObjectNode();
        row.put("evaluations", budget);
        row.put("policy", name);
        row.put("psnr_db", rounded(mean, 100));
        row.put("psnr_spread_db", rounded(Math.sqrt(variance), 100));
        row.put("ssim", rounded(ssim / psnrs.size(), 10_000));
        row.put("computed_share", rounded(share, 10_000));
        row.put("step_ms", rounded(nanos[0] / 1e6 / batches / STEPS, 1000));
        row.set("parameters", JsonFile.mapper().valueToTree(candidate.parameters()));
        System.err.println(
                row.toString().substring(0, Math.min(200, row.toString().length())));
        return row;
    }

    private static double rounded(double value, double digits) {
        return Math.rint(value * digits) / digits;
    }
}
