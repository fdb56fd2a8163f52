package dev.reprise.ort;

import ai.onnxruntime.OnnxTensor;
import java.util.List;

/**
 * A session as one generation uses it, with inputs and outputs by position. On a device, results stay there and feed the next session;
 * where ONNX Runtime's C API cannot be called they come to the CPU's memory. Used by one thread at a time.
 */
public interface SessionRun extends AutoCloseable {
    /**
     * Runs.
     *
     * @param inputs all inputs, wherever they are: what is elsewhere than the session wants it is copied, once
     * @param wanted which outputs
     * @param toHost whether the outputs are to be read by Java
     * @return the wanted outputs in their order; the caller closes them
     * @throws dev.reprise.ort.api.ModelRunException when ONNX Runtime fails or a result is no tensor
     */
    List<OnnxTensor> run(CountedTensor[] inputs, boolean[] wanted, boolean toHost);

    /** Whether an output that was not asked to the host is made in the memory of a device. */
    boolean makesOnDevice(int output);

    @Override
    void close();
}
