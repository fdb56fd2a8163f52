package dev.reprise.optimizer.quantize;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Segment;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.ort.ModelSession;
import dev.reprise.ort.NativeTensors;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One step of a model, segment by segment, with every tensor between them kept: what changes when some segments compute otherwise is
 * computed from there on.
 */
public final class SegmentRuns implements AutoCloseable {
    private final Manifest manifest;
    private final List<ModelSession> sessions;
    private final Map<String, OnnxTensor> defaults;
    /** Inputs that were fed, and what all segments made. */
    private final Map<String, OnnxTensor> values = new HashMap<>();

    /**
     * Runs all segments.
     *
     * @param sessions of the segments, in their order; they stay the caller's
     * @param defaults of inputs that are not fed; they stay the caller's too
     */
    SegmentRuns(
            Manifest manifest,
            List<ModelSession> sessions,
            Map<String, OnnxTensor> defaults,
            Map<String, StoredTensor> inputs) {
        this.manifest = manifest;
        this.sessions = List.copyOf(sessions);
        this.defaults = Map.copyOf(defaults);
        try {
            inputs.forEach((name, tensor) -> values.put(name, NativeTensors.toNative(tensor)));
            Map<String, OnnxTensor> all = new HashMap<>(defaults);
            all.putAll(values);
            for (TensorSpec input : manifest.inputs()) {
                if (!all.containsKey(input.name())) {
                    throw new IllegalArgumentException("input '" + input.name() + "' is not fed and has no default");
                }
            }
            for (int s = 0; s < sessions.size(); s++) {
                Map<String, OnnxTensor> made =
                        run(sessions.get(s), manifest.segments().get(s), all);
                values.putAll(made);
                all.putAll(made);
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Keeps inputs and outputs of the model alone: less memory, and {@link #error} computes everything. */
    void forgetBetween() {
        Set<String> kept = new LinkedHashSet<>();
        manifest.inputs().forEach(input -> kept.add(input.name()));
        manifest.outputs().forEach(output -> kept.add(output.name()));
        values.entrySet().removeIf(value -> {
            if (kept.contains(value.getKey())) {
                return false;
            }
            value.getValue().close();
            return true;
        });
    }

    /**
     * The error of the outputs with other sessions for some segments.
     *
     * @param changed sessions by the index of their segment
     * @return the largest of all float outputs; 0 where no output depends on them
     */
    double error(Map<Integer, ModelSession> changed) {
        Map<String, OnnxTensor> other = new HashMap<>();
        try {
            for (int s = 0; s < sessions.size(); s++) {
                Segment segment = manifest.segments().get(s);
                if (changed.containsKey(s)
                        || segment.inputs().stream().anyMatch(other::containsKey)
                        || !values.keySet().containsAll(segment.outputs())) {
                    Map<String, OnnxTensor> inputs = new HashMap<>(defaults);
                    inputs.putAll(values);
                    inputs.putAll(other);
                    other.putAll(run(changed.getOrDefault(s, sessions.get(s)), segment, inputs));
                }
            }
            double error = 0;
            for (TensorSpec output : manifest.outputs()) {
                OnnxTensor actual = other.get(output.name());
                OnnxTensor expected = values.get(output.name());
                if (actual != null && expected != null && output.elementType().isFloatingPoint()) {
                    error = Math.max(error, OutputError.of(expected.getFloatBuffer(), actual.getFloatBuffer()));
                }
            }
            return error;
        } finally {
            other.values().forEach(OnnxTensor::close);
        }
    }

    /** What a segment makes of values that are known; the caller closes it. */
    public static Map<String, OnnxTensor> run(ModelSession session, Segment segment, Map<String, OnnxTensor> known) {
        Map<String, OnnxTensor> inputs = new HashMap<>();
        segment.inputs().forEach(input -> inputs.put(input, known.get(input)));
        Set<String> names = new LinkedHashSet<>(segment.outputs());
        List<OnnxTensor> made = session.run(inputs, names);
        Map<String, OnnxTensor> outputs = new HashMap<>();
        int i = 0;
        for (String name : names) {
            outputs.put(name, made.get(i));
            i++;
        }
        return outputs;
    }

    @Override
    public void close() {
        values.values().forEach(OnnxTensor::close);
        values.clear();
    }
}
