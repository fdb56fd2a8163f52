package dev.reprise.ort;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import dev.reprise.ort.api.ModelRunException;
import dev.reprise.ort.capi.BoundRun;
import dev.reprise.ort.capi.BoundSession;
import java.util.List;

/** Runs whose results stay where the session computes. */
final class DeviceRun implements SessionRun {
    private final String name;
    private final BoundSession session;
    private final BoundRun run;
    private final Transfers transfers;

    /**
     * @param name for messages
     * @param weights the last inputs, bound for good
     */
    DeviceRun(String name, BoundSession session, List<OnnxTensor> weights, Transfers transfers) throws OrtException {
        this.name = name;
        this.session = session;
        this.transfers = transfers;
        run = session.newRun(weights);
    }

    @Override
    public List<OnnxTensor> run(CountedTensor[] inputs, boolean[] wanted, boolean toHost) {
        try {
            for (int i = 0; i < inputs.length; i++) {
                run.bind(i, session.wantsOnDevice(i) ? transfers.onDevice(inputs[i]) : transfers.onHost(inputs[i]));
            }
            // What operators on the CPU make is there when the run returns, whatever the device still does.
            boolean wait = toHost || !transfers.runsAreOrdered();
            List<OnnxTensor> results = run.run(wanted, toHost, wait);
            transfers.ran(wait);
            if (toHost) {
                count(results, wanted);
            }
            return results;
        } catch (OrtException e) {
            throw new ModelRunException(name + " failed: " + e.getMessage(), e);
        }
    }

    private void count(List<OnnxTensor> results, boolean[] wanted) {
        int result = 0;
        for (int i = 0; i < wanted.length; i++) {
            if (wanted[i]) {
                OnnxTensor made = results.get(result++);
                if (session.makesOnDevice(i)) {
                    transfers.cameToHost(made);
                }
            }
        }
    }

    @Override
    public boolean makesOnDevice(int output) {
        return session.makesOnDevice(output);
    }

    @Override
    public void close() {
        run.close();
    }
}
