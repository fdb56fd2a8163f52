package dev.reprise.optimizer.measure;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Segment;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.optimizer.quantize.SegmentRuns;
import dev.reprise.ort.ModelSession;
import dev.reprise.ort.NativeTensors;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * What some segments read in one step. The segments before them run once for that, one open at a time, and their results go away as soon
 * as nobody reads them any more.
 */
final class StepValues implements AutoCloseable {
    private final Manifest manifest;
    private final Map<String, OnnxTensor> values = new HashMap<>();

    /**
     * Computes them.
     *
     * @param wanted indices of the segments whose inputs are kept
     * @param open opens a segment's own model
     * @throws IllegalArgumentException when an input of the model is neither given nor has a default
     */
    StepValues(
            Manifest manifest,
            Map<String, StoredTensor> inputs,
            Set<Integer> wanted,
            Function<Segment, ModelSession> open) {
        this.manifest = manifest;
        try {
            if (manifest.defaults() != null) {
                keep(run(manifest.defaults(), open));
            }
            inputs.forEach((name, tensor) -> keep(Map.of(name, NativeTensors.toNative(tensor))));
            for (TensorSpec input : manifest.inputs()) {
                if (!values.containsKey(input.name())) {
                    throw new IllegalArgumentException("input '" + input.name() + "' is not fed and has no default");
                }
            }
            List<Segment> segments = manifest.segments();
            int end = wanted.stream().mapToInt(Integer::intValue).max().orElse(0);
            Map<String, Integer> lastRead = new HashMap<>();
            for (int s = 0; s <= end; s++) {
                for (String input : segments.get(s).inputs()) {
                    lastRead.merge(input, wanted.contains(s) ? Integer.MAX_VALUE : s, Math::max);
                }
            }
            for (int s = 0; s < end; s++) {
                keep(run(segments.get(s), open));
                int done = s;
                drop(name -> lastRead.getOrDefault(name, -1) <= done);
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** What a segment makes of the values. */
    void run(ModelSession session, int segment) {
        SegmentRuns.run(session, manifest.segments().get(segment), values)
                .values()
                .forEach(OnnxTensor::close);
    }

    private Map<String, OnnxTensor> run(Segment segment, Function<Segment, ModelSession> open) {
        try (ModelSession session = open.apply(segment)) {
            return SegmentRuns.run(session, segment, values);
        }
    }

    private void keep(Map<String, OnnxTensor> made) {
        made.forEach((name, tensor) -> {
            OnnxTensor before = values.put(name, tensor);
            if (before != null) {
                before.close();
            }
        });
    }

    private void drop(Predicate<String> unread) {
        values.entrySet().removeIf(value -> {
            if (!unread.test(value.getKey())) {
                return false;
            }
            value.getValue().close();
            return true;
        });
    }

    @Override
    public void close() {
        values.values().forEach(OnnxTensor::close);
        values.clear();
    }
}
