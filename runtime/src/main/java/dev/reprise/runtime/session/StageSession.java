package dev.reprise.runtime.session;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.reprise.ort.ModelRunException;
import java.util.ArrayList;
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
    private final OrtSession session;
    private final String file;
    private final String[] inputs;
    private final String[] outputs;
    private final Map<String, OnnxTensor> feeds;
    private boolean[] requested = new boolean[0];
    private Set<String> requestedNames = Set.of();

    StageSession(OrtSession session, String file, String[] inputs, String[] outputs) {
        this.session = session;
        this.file = file;
        this.inputs = inputs;
        this.outputs = outputs;
        this.feeds = new HashMap<>(inputs.length * 2);
    }

    /** Sets the i-th input of the next run. */
    public void feed(int i, OnnxTensor tensor) {
        feeds.put(inputs[i], tensor);
    }

    /** Runs; the results are those of the requested outputs, in their order. The caller owns them. */
    @SuppressWarnings("MustBeClosedChecker")
    public List<OnnxTensor> run(boolean[] wanted) {
        if (!Arrays.equals(wanted, requested)) {
            request(wanted);
        }
        try {
            return tensors(session.run(feeds, requestedNames));
        } catch (OrtException e) {
            throw new ModelRunException(file + " failed: " + e.getMessage(), e);
        } finally {
            feeds.clear();
        }
    }

    /** Not closed: the tensors are the caller's. */
    private List<OnnxTensor> tensors(OrtSession.Result result) {
        List<OnnxTensor> tensors = new ArrayList<>(result.size());
        for (Map.Entry<String, OnnxValue> output : result) {
            if (!(output.getValue() instanceof OnnxTensor tensor)) {
                result.close();
                throw new ModelRunException(file + ": output '" + output.getKey() + "' is no tensor: "
                        + output.getValue().getInfo());
            }
            tensors.add(tensor);
        }
        return tensors;
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
