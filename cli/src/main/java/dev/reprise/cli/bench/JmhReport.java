package dev.reprise.cli.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.reprise.cli.bench.BenchResult.Row;
import dev.reprise.verify.text.Json;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.hipparchus.distribution.continuous.TDistribution;

/** What was measured, as JMH writes it: for the tools that read its JSON. A round is an iteration, a step an operation. */
final class JmhReport {
    /** JMH's. */
    private static final double CONFIDENCE = 0.999;

    private static final List<String> PERCENTILES =
            List.of("0.0", "50.0", "90.0", "95.0", "99.0", "99.9", "99.99", "99.999", "99.9999", "100.0");

    private JmhReport() {}

    static ArrayNode of(BenchResult result) {
        ArrayNode array = Json.array();
        result.rows().forEach(row -> array.add(benchmark(result, row)));
        return array;
    }

    private static ObjectNode benchmark(BenchResult result, Row row) {
        ObjectNode json = Json.object();
        json.put("benchmark", "reprise.bench." + row.name());
        json.put("mode", "avgt");
        json.put("threads", 1);
        json.put("forks", 1);
        json.put("jvm", Path.of(System.getProperty("java.home"), "bin", "java").toString());
        json.putArray("jvmArgs");
        json.put("jdkVersion", System.getProperty("java.version"));
        json.put("vmName", System.getProperty("java.vm.name"));
        json.put("vmVersion", System.getProperty("java.vm.version"));
        json.put("warmupIterations", 1);
        json.put("warmupTime", "single-shot");
        json.put("warmupBatchSize", 1);
        json.put("measurementIterations", result.rounds());
        json.put("measurementTime", "single-shot");
        json.put("measurementBatchSize", result.steps());
        ObjectNode params = json.putObject("params");
        params.put("model", result.model());
        params.put("runs_on", result.runsOn());
        if (row.choice() != null) {
            params.put("policy", row.choice().title());
        }
        json.set(
                "primaryMetric",
                metric(row.roundNanos().stream()
                        .mapToDouble(nanos -> nanos / 1e6)
                        .toArray()));
        json.putObject("secondaryMetrics");
        return json;
    }

    /** Mean, with Student's confidence interval of 99.9 %. */
    static ObjectNode metric(double... millis) {
        double mean = Arrays.stream(millis).average().orElse(Double.NaN);
        double error = error(millis, mean);
        ObjectNode metric = Json.object();
        metric.put("score", mean);
        metric.set("scoreError", number(error));
        metric.putArray("scoreConfidence").add(number(mean - error)).add(number(mean + error));
        ObjectNode percentiles = metric.putObject("scorePercentiles");
        double[] sorted = millis.clone();
        Arrays.sort(sorted);
        PERCENTILES.forEach(name -> percentiles.put(name, percentile(sorted, Double.parseDouble(name) / 100)));
        metric.put("scoreUnit", "ms/op");
        ArrayNode raw = metric.putArray("rawData").addArray();
        Arrays.stream(millis).forEach(raw::add);
        return metric;
    }

    private static double error(double[] values, double mean) {
        int count = values.length;
        if (count < 3) {
            // As JMH: two values have no interval worth the name.
            return Double.NaN;
        }
        double squares = Arrays.stream(values)
                .map(value -> (value - mean) * (value - mean))
                .sum();
        double quantile = new TDistribution(count - 1).inverseCumulativeProbability(1 - (1 - CONFIDENCE) / 2);
        return quantile * Math.sqrt(squares / (count - 1) / count);
    }

    /** JMH's: between two values at {@code p·(n + 1)}. */
    private static double percentile(double[] sorted, double share) {
        double position = share * (sorted.length + 1);
        int below = (int) Math.floor(position);
        if (below < 1) {
            return sorted[0];
        }
        if (below >= sorted.length) {
            return sorted[sorted.length - 1];
        }
        return sorted[below - 1] + (position - below) * (sorted[below] - sorted[below - 1]);
    }

    /** JMH writes a figure that JSON has no number for as a string. */
    private static JsonNode number(double value) {
        return Double.isFinite(value) ? DoubleNode.valueOf(value) : TextNode.valueOf("NaN");
    }
}
