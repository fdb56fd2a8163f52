package dev.reprise.ort;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cache.math.Fragment;
import dev.reprise.graph.ElementType;
import dev.reprise.ort.api.SessionConfig;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/**
 * Runs fragments of tensor arithmetic. Sessions are made when they are first needed and shared by all generations of a loaded model.
 * A fragment may belong to one size of image alone, so only so many stay open.
 */
public final class FragmentSessions implements AutoCloseable {
    /** Policies that run together use some 20; each size of image adds one. */
    static final int LIMIT = 64;

    private final OrtRuntime runtime;
    private final SessionConfig config;
    private final SharedSessions<String> sessions = new SharedSessions<>(LIMIT);

    public FragmentSessions(OrtRuntime runtime, SessionConfig config) {
        this.runtime = runtime;
        this.config = config;
    }

    /** Runs a fragment. The results are the caller's. */
    public List<OnnxTensor> run(Fragment fragment, Map<String, OnnxTensor> inputs) {
        String name = "fragment " + fragment.name();
        ModelSession session = sessions.take(name, 1, () -> runtime.open(name, fragment.model(), config));
        try {
            return session.run(inputs, new LinkedHashSet<>(fragment.outputs()));
        } finally {
            sessions.release(name);
        }
    }

    /** Another tensor with the same elements, made where the model runs. */
    public OnnxTensor copy(OnnxTensor tensor, ElementType type) {
        Fragment copy = Fragment.copy(type);
        return run(copy, Map.of(copy.inputs().get(0), tensor)).get(0);
    }

    /** How many sessions are open. */
    public int size() {
        return sessions.size();
    }

    @Override
    public void close() {
        sessions.close();
    }
}
