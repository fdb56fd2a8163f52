package dev.reprise.ort;

import ai.onnxruntime.OnnxTensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Runs as ONNX Runtime's Java package offers them: all results come to the CPU's memory. */
final class PlainRun implements SessionRun {
    private final ModelSession session;
    private final List<String> inputs;
    private final List<String> outputs;
    private final Transfers transfers;
    private final Map<String, OnnxTensor> feeds;
    private boolean[] requested = new boolean[0];
    private Set<String> requestedNames = Set.of();

    PlainRun(ModelSession session, List<String> inputs, List<String> outputs, Transfers transfers) {
        this.session = session;
        this.inputs = inputs;
        this.outputs = outputs;
        this.transfers = transfers;
        feeds = new HashMap<>(inputs.size() * 2);
    }

    @Override
    public List<OnnxTensor> run(CountedTensor[] tensors, boolean[] wanted, boolean toHost) {
        if (!Arrays.equals(wanted, requested)) {
            request(wanted);
        }
        for (int i = 0; i < tensors.length; i++) {
            feeds.put(inputs.get(i), tensors[i].tensor());
            transfers.fedPlainly(tensors[i]);
        }
        try {
            List<OnnxTensor> results = session.run(feeds, requestedNames);
            transfers.madePlainly(results);
            return results;
        } finally {
            feeds.clear();
        }
    }

    private void request(boolean[] wanted) {
        Set<String> names = new LinkedHashSet<>();
        for (int i = 0; i < wanted.length; i++) {
            if (wanted[i]) {
                names.add(outputs.get(i));
            }
        }
        requested = wanted.clone();
        requestedNames = names;
    }

    @Override
    public boolean makesOnDevice(int output) {
        return false;
    }

    @Override
    public void close() {}
}
