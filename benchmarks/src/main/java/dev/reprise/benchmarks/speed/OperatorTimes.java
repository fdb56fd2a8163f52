package dev.reprise.benchmarks.speed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.reprise.graph.bundle.Bundle;
import dev.reprise.graph.bundle.Segment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the operators of each segment take in the unsplit model, from a profile that ONNX Runtime wrote of it. Operators run at
 * different speeds, so what is left of a step tells its time better by this than by counting multiply-adds.
 */
final class OperatorTimes {
    private static final String KERNEL = "_kernel_time";

    private final double[] micros;

    private OperatorTimes(double[] micros) {
        this.micros = micros;
    }

    static OperatorTimes read(Path profile, Bundle bundle) throws IOException {
        List<Segment> segments = bundle.manifest().segments();
        Map<String, Integer> homes = new HashMap<>();
        for (int s = 0; s < segments.size(); s++) {
            int segment = s;
            bundle.segment(segments.get(s))
                    .getGraph()
                    .getNodeList()
                    .forEach(node -> homes.putIfAbsent(node.getName(), segment));
        }
        Map<String, List<Double>> times = new LinkedHashMap<>();
        for (JsonNode event : new ObjectMapper().readTree(profile.toFile())) {
            String name = event.path("name").asText();
            if (event.path("cat").asText().equals("Node") && name.endsWith(KERNEL)) {
                times.computeIfAbsent(name.substring(0, name.length() - KERNEL.length()), key -> new ArrayList<>())
                        .add(event.path("dur").asDouble());
            }
        }
        double[] micros = new double[segments.size()];
        int last = 0;
        for (Map.Entry<String, List<Double>> operator : times.entrySet()) {
            Integer home = home(operator.getKey(), homes);
            // An operator whose name ONNX Runtime made up stands where those that it was made of stood.
            last = home == null ? last : home;
            micros[last] += Ratios.median(operator.getValue());
        }
        return new OperatorTimes(micros);
    }

    /** Fused nodes are named after one that they were made of, with an ending: {@code /proj_out/MatMul/MatMulAddFusion}. */
    private static @Nullable Integer home(String node, Map<String, Integer> homes) {
        for (String name = node; !name.isEmpty(); name = name.substring(0, Math.max(0, name.lastIndexOf('/')))) {
            Integer home = homes.get(name);
            if (home != null) {
                return home;
            }
        }
        return null;
    }

    /** Time of some segments. */
    double micros(BitSet segments) {
        return segments.stream().mapToDouble(segment -> micros[segment]).sum();
    }
}
