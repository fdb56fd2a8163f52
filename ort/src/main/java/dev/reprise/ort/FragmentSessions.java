package dev.reprise.ort;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cache.math.Fragment;
import dev.reprise.graph.ElementType;
import dev.reprise.ort.api.SessionConfig;
import dev.reprise.ort.provider.CpuProvider;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs fragments of tensor arithmetic. Sessions are made when they are first needed and shared by all generations of a loaded model.
 * A fragment may belong to one size of image alone, so only so many stay open on the CPU.
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
        // On a device a session must not close before the tensors that it made: WebGPU frees them through it.
        sessions = new SharedSessions<>(config.provider() instanceof CpuProvider ? LIMIT : Long.MAX_VALUE);
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
        ModelSession session = sessions.take(name, 1, () -> runtime.open(name, fragment.model(), config));
        try (SessionRun run = session.newRun(fragment.inputs(), fragment.outputs(), transfers)) {
            List<OnnxTensor> results = run.run(inputs, all, toHost);
            List<CountedTensor> counted = new ArrayList<>();
            for (int i = 0; i < results.size(); i++) {
                counted.add(
                        CountedTensor.owned(results.get(i), ElementType.FLOAT, !toHost && run.makesOnDevice(i), live));
            }
            return counted;
        } finally {
            sessions.release(name);
        }
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
