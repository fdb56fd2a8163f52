package dev.reprise.ort;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cache.math.Fragment;
import dev.reprise.graph.ElementType;
import dev.reprise.ort.api.SessionConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs fragments of tensor arithmetic. Sessions are made when they are first needed and shared by all generations of a loaded model.
 * A fragment may belong to one size of image alone, so only so many stay open; on a device also those whose results are still there,
 * because WebGPU frees a tensor through the session that made it.
 */
public final class FragmentSessions implements AutoCloseable {
    /** Policies that run together use some 20; each size of image adds one. */
    static final int LIMIT = 64;

    private final OrtRuntime runtime;
    private final SessionConfig config;
    private final LiveTensors live;
    private final SharedSessions<String> sessions;

    /** @param live counts the results */
    public FragmentSessions(OrtRuntime runtime, SessionConfig config, LiveTensors live) {
        this.runtime = runtime;
        this.config = config;
        this.live = live;
        sessions = new SharedSessions<>(LIMIT);
    }

    /**
     * Runs a fragment. The results are the caller's.
     *
     * @param toHost whether Java is to read the results
     */
    public List<CountedTensor> run(Fragment fragment, CountedTensor[] inputs, boolean toHost, Transfers transfers) {
        String name = "fragment " + fragment.name();
        boolean[] all = new boolean[fragment.outputs().size()];
        Arrays.fill(all, true);
        ModelSession session = take(name, fragment);
        try (SessionRun run = session.newRun(fragment.inputs(), fragment.outputs(), transfers)) {
            List<OnnxTensor> results = run.run(inputs, all, toHost);
            List<CountedTensor> counted = new ArrayList<>();
            for (int i = 0; i < results.size(); i++) {
                boolean onDevice = !toHost && run.makesOnDevice(i);
                CountedTensor result = CountedTensor.owned(results.get(i), ElementType.FLOAT, onDevice, live);
                if (onDevice) {
                    take(name, fragment);
                    result.afterwards(() -> sessions.release(name));
                }
                counted.add(result);
            }
            return counted;
        } finally {
            sessions.release(name);
        }
    }

    private ModelSession take(String name, Fragment fragment) {
        return sessions.take(name, 1, () -> runtime.open(name, fragment.model(), config));
    }

    /** Another tensor with the same elements, made where the model runs. */
    public CountedTensor copy(CountedTensor tensor, Transfers transfers) {
        return run(Fragment.copy(tensor.elementType()), new CountedTensor[] {tensor}, false, transfers)
                .get(0);
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
