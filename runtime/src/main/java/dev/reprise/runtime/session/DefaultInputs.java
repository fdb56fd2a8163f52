package dev.reprise.runtime.session;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.reprise.graph.bundle.Bundle;
import dev.reprise.graph.bundle.Segment;
import dev.reprise.ort.ModelRunException;
import dev.reprise.ort.OrtRuntime;
import dev.reprise.ort.SessionSettings;
import dev.reprise.ort.WeightFolder;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The values of the inputs that a caller need not feed. Made once when the model opens, and fed like the caller's own. */
final class DefaultInputs implements AutoCloseable {
    private final OrtSession.@Nullable Result values;

    private DefaultInputs(OrtSession.@Nullable Result values) {
        this.values = values;
    }

    static DefaultInputs load(Bundle bundle, OrtRuntime runtime, SessionSettings settings) {
        Segment defaults = bundle.manifest().defaults();
        if (defaults == null) {
            return new DefaultInputs(null);
        }
        bundle.weights().requireUnchanged();
        byte[] model = bundle.segment(defaults).toByteArray();
        try (WeightFolder weights = runtime.weights(bundle.weights().folder());
                OrtSession session = runtime.open(defaults.file(), model, weights, settings)) {
            return new DefaultInputs(session.run(Map.of()));
        } catch (OrtException e) {
            throw new ModelRunException(defaults.file() + " failed: " + e.getMessage(), e);
        }
    }

    /** By input name; closed with this. */
    Map<String, OnnxTensor> byName() {
        Map<String, OnnxTensor> byName = new LinkedHashMap<>();
        if (values != null) {
            values.forEach(entry -> byName.put(entry.getKey(), (OnnxTensor) entry.getValue()));
        }
        return byName;
    }

    @Override
    public void close() {
        if (values != null) {
            values.close();
        }
    }
}
