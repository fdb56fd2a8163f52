package dev.reprise.runtime.session;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.ort.ModelSession;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One stage's session as one generation uses it. The session is shared by all generations; the input map and the set of requested
 * outputs are this one's, reused from step to step.
 */
public final class StageSession {
    private final ModelSession session;
    private final String[] inputs;
    private final String[] outputs;
    private final Map<String, OnnxTensor> feeds;
    private boolean[] requested = new boolean[0];
    private Set<String> requestedNames = Set.of();

    StageSession(ModelSession session, String[] inputs, String[] outputs) {
        this.session = session;
        this.inputs = inputs;
        this.outputs = outputs;
        this.feeds = new HashMap<>(inputs.length * 2);
    }

    /** Sets the i-th input of the next run. */
    public void feed(int i, OnnxTensor tensor) {
        feeds.put(inputs[i], tensor);
    }

    /** Runs; the results are those of the requested outputs, in their order. The caller owns them. */
    public List<OnnxTensor> run(boolean[] wanted) {
        if (!Arrays.equals(wanted, requested)) {
            request(wanted);
        }
        try {
            return session.run(feeds, requestedNames);
        } finally {
            feeds.clear();
        }
    }

    private void request(boolean[] wanted) {
        Set<String> names = new LinkedHashSet<>();
        for (int i = 0; i < wanted.length; i++) {
            if (wanted[i]) {
                names.add(outputs[i]);
            }
        }
        requested = wanted.clone();
        requestedNames = names;
    }
}
