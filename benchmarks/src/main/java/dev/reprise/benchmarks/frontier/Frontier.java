package dev.reprise.benchmarks.frontier;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.graph.json.JsonFile;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.tune.Budget;
import dev.reprise.runtime.tune.Candidate;
import dev.reprise.runtime.tune.Tuned;
import dev.reprise.runtime.tune.Tuner;
import dev.reprise.runtime.tune.TuningSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Every policy at equal computed share on a trained model. Each is brought to each budget by its main parameter, {@code tune} searches there,
 * and all of them draw images of seeds that nothing was tuned on, in turns, beside the model without a policy.
 *
 * <pre>
 *   java dev.reprise.benchmarks.frontier.Frontier digits|video results.json [images] [minutes] [evaluations,…] [threads]
 * </pre>
 */
public final class Frontier {
    private static final int STEPS = 30;
    private static final String BUDGETS = "15,10,8,6";
    private static final int TUNED_ON = 20;
    private static final String TUNE = "tune";
    private static final String EVEN_LINEAR = "even_linear";
    /** Images that every policy draws. */
    private static final int ALL_DRAW = 40;
    /** Seeds of the final images begin here, far behind those tuned on. */
    private static final int UNSEEN = 10_000;

    private final DemoRollout rollout;
    private final CachedTransformer model;
    private final Path file;
    private final List<Integer> budgets;
    private final Map<Integer, Map<String, Candidate>> contestants = new TreeMap<>();
    private final ObjectNode results = JsonFile.mapper().createObjectNode();

    private Frontier(DemoRollout rollout, CachedTransformer model, Path file, List<Integer> budgets) {
        this.rollout = rollout;
        this.model = model;
        this.file = file;
        this.budgets = budgets;
        budgets.forEach(budget -> contestants.put(budget, new LinkedHashMap<>()));
    }

    public static void main(String[] args) throws IOException {
        if (args.length < 2 || !List.of("digits", "video").contains(args[0])) {
            throw new IllegalArgumentException(
                    "expected digits|video results.json [images] [minutes] [evaluations,…] [threads]");
        }
        DemoRollout rollout = args[0].equals("digits") ? DemoRollout.digits(STEPS) : DemoRollout.video(STEPS);
        int images = args.length > 2 ? Integer.parseInt(args[2]) : 100;
        double minutes = args.length > 3 ? Double.parseDouble(args[3]) : 5;
        List<Integer> budgets = Stream.of((args.length > 4 ? args[4] : BUDGETS).split(","))
                .map(Integer::valueOf)
                .toList();
        SessionSettings settings = SessionSettings.cpu();
        if (args.length > 5) {
            settings = settings.withThreads(Integer.parseInt(args[5]));
        }
        Path bundle = Optimizer.cut(rollout.model(), CutOptions.DEFAULTS)
                .write(Files.createTempDirectory("reprise").resolve("bundle"));
        try (CachedTransformer model = CachedTransformer.open(bundle, settings)) {
            new Frontier(rollout, model, Path.of(args[1]), budgets)
                    .measure(Duration.ofMillis((long) (minutes * 60_000)), images);
        }
    }

    /** Goes on from the results file where it has one: neither settings nor budgets are found twice. */
    private void measure(Duration time, int images) throws IOException {
        int batches = batches(images);
        if (Files.exists(file)) {
            results.setAll((ObjectNode) JsonFile.mapper().readTree(file.toFile()));
        }
        results.put("model", rollout.name());
        results.put("steps", STEPS);
        results.put("images", batches * rollout.prompts().size());
        results.put(
                "images_of_all",
                Math.min(batches, batches(ALL_DRAW)) * rollout.prompts().size());
        results.put("images_tuned_on", batches(TUNED_ON) * rollout.prompts().size());
        results.put("processors", Runtime.getRuntime().availableProcessors());
        evenly();
        if (!results.has("settings")) {
            presets();
            write();
        }
        for (JsonNode setting : results.withArray("settings")) {
            Map<String, Object> parameters =
                    JsonFile.mapper().convertValue(setting.get("parameters"), new TypeReference<>() {});
            String name = setting.get("policy").textValue();
            at(setting.get("evaluations").intValue()).put(name, new Candidate(name, parameters));
        }
        for (int budget : budgets) {
            boolean done = results.withArray("results")
                    .valueStream()
                    .anyMatch(row -> row.get("evaluations").intValue() == budget);
            if (!done) {
                tune(budget, time);
                draw(budget, batches);
                write();
            }
        }
    }

    private void write() throws IOException {
        Files.writeString(
                file, JsonFile.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(results) + "\n");
    }

    private int batches(int images) {
        int each = rollout.prompts().size();
        return Math.max(1, (images + each - 1) / each);
    }

    private Map<String, Candidate> at(int budget) {
        return contestants.computeIfAbsent(budget, none -> new LinkedHashMap<>());
    }

    private TuningSettings settings(Duration time) {
        return new TuningSettings(batches(TUNED_ON), batches(TUNED_ON), time, 1, Map.of());
    }

    private void tune(int budget, Duration time) {
        Duration before = processorTime();
        Tuned tuned = new Tuner(model, rollout, settings(time))
                .onProgress(line -> System.err.println(budget + ": " + line))
                .tune(new Budget(Budget.Kind.EVALUATIONS, budget));
        ObjectNode search = results.withArray("searches").addObject();
        search.put("evaluations", budget);
        search.put("minutes", time.toMillis() / 60_000.0);
        search.put("candidates", tuned.evaluations());
        search.put("processor_seconds", processorTime().minus(before).toSeconds());
        at(budget).put(TUNE, tuned.best().candidate());
    }

    /** What this process had of the processors: on a busy machine minutes say little. */
    private static Duration processorTime() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** Evenly spread steps: a linear forecast of the output, and the blocks' residual held. */
    private void evenly() {
        for (int budget : budgets) {
            StringBuilder mask = new StringBuilder("0".repeat(STEPS));
            for (int i = 0; i < budget; i++) {
                mask.setCharAt((int) Math.round((double) i * STEPS / budget), '1');
            }
            Map<String, Object> when = Map.of("mask", Map.of("steps", mask.toString()));
            at(budget)
                    .put(
                            EVEN_LINEAR,
                            new Candidate("combined", Map.of("when", when, "what", "taylor", "where", "output")));
            at(budget).put("step_mask", new Candidate("step_mask", Map.of("mask", mask.toString())));
        }
    }

    private void presets() {
        List<float[]> sample;
        try (CachedTransformer plain = model.newIsolatedGeneration()) {
            sample = rollout.run(plain, 0);
        }
        EqualShare share = new EqualShare(model, rollout, 0, sample, System.err::println);
        ArrayNode missing = results.putArray("compute_more");
        String format = rollout.image().size() == 4 ? "BCFHW" : "BCHW";
        for (Family family : Family.all(STEPS, format, MeasuredTables.of(model, rollout, 0))) {
            try {
                Map<Integer, Candidate> found = share.settings(family, budgets);
                found.forEach((budget, candidate) -> {
                    ObjectNode setting = results.withArray("settings").addObject();
                    setting.put("evaluations", budget);
                    setting.put("policy", family.name());
                    setting.set("parameters", JsonFile.mapper().valueToTree(candidate.parameters()));
                });
                if (found.isEmpty()) {
                    missing.add(family.name());
                }
            } catch (UnsupportedPolicyException e) {
                System.err.println(family.name() + ": " + e.getMessage());
            }
        }
    }

    /**
     * All policies of a budget draw each batch in turns, so that what else the machine does meets all of them. Behind the first images only
     * what was tuned, the even schedule and the best preset go on.
     */
    private void draw(int budget, int batches) {
        List<Row> all = new ArrayList<>();
        try (CachedTransformer plain = model.newIsolatedGeneration()) {
            at(budget).forEach((name, candidate) -> all.add(new Row(name, budget, candidate, rollout, model)));
            List<Row> rows = all;
            for (int batch = 0; batch < batches; batch++) {
                if (batch == batches(ALL_DRAW)) {
                    rows = leaders(all);
                }
                long[] nanos = new long[1];
                plain.resetCache();
                plain.onStep(step -> nanos[0] += step.nanos());
                List<float[]> images = rollout.run(plain, UNSEEN + batch);
                for (Row row : rows) {
                    row.draw(UNSEEN + batch, images, nanos[0] / 1e6 / STEPS);
                }
                System.err.println(budget + " evaluations: batch " + (batch + 1) + " of " + batches);
            }
            ArrayNode written = results.withArray("results");
            all.forEach(row -> written.add(row.json()));
        } finally {
            all.forEach(Row::close);
        }
    }

    private static List<Row> leaders(List<Row> all) {
        List<String> always = List.of(TUNE, EVEN_LINEAR);
        List<Row> leaders = new ArrayList<>(
                all.stream().filter(row -> always.contains(row.name())).toList());
        all.stream()
                .filter(row -> !always.contains(row.name()))
                .max(Comparator.comparingDouble(Row::psnr))
                .ifPresent(leaders::add);
        return leaders;
    }
}
