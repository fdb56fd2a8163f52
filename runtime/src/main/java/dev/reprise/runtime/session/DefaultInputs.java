package dev.reprise.runtime.session;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.graph.bundle.Segment;
import dev.reprise.ort.Closing;
import dev.reprise.ort.ModelSession;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The values of the inputs that a caller need not feed. Made once when the model opens, and fed like the caller's own. */
final class DefaultInputs implements AutoCloseable {
    private final Map<String, OnnxTensor> byName = new LinkedHashMap<>();

    /**
     * @param defaults the segment that makes the values, null where every input has to be fed
     * @param opening opens a segment
     */
    DefaultInputs(@Nullable Segment defaults, Function<Segment, ModelSession> opening) {
        if (defaults == null) {
            return;
        }
        try (ModelSession session = opening.apply(defaults)) {
            List<OnnxTensor> values = session.run(Map.of(), new LinkedHashSet<>(defaults.outputs()));
            for (int i = 0; i < values.size(); i++) {
                byName.put(defaults.outputs().get(i), values.get(i));
            }
        }
    }

    /** By input name; closed with this. */
    Map<String, OnnxTensor> byName() {
        return byName;
    }

    @Override
    public void close() {
        Closing closing = new Closing();
        byName.values().forEach(closing::add);
        byName.clear();
        closing.finish();
    }
}
