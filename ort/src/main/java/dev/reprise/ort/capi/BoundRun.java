package dev.reprise.ort.capi;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Runs of a session whose inputs and outputs stay in the memory that they are bound to: a result on a device feeds the next session
 * there, without a copy through the host.
 *
 * <p>An input stays bound from run to run until another tensor is bound in its place. One that is not in the memory of the session's
 * provider is copied there when it is bound, not when the session runs. Used by one thread at a time; any number of these may share
 * a session.
 */
public final class BoundRun implements AutoCloseable {
    private final OrtApi api;
    private final OrtSession session;
    private final long sessionHandle;
    private final List<String> inputs;
    private final Memory[] inputNames;
    private final Memory[] outputNames;
    private final MemoryPlace[] places;
    private final @Nullable OnnxTensor[] bound;
    private final long binding;
    private final Memory scratch = new Memory(3L * Long.BYTES);
    private final Pointer count = scratch.share(Long.BYTES);
    private boolean closed;

    /**
     * @param inputs names of the session's inputs, in the order of the indexes of {@link #bind}
     * @param outputs names of the outputs that are wanted
     * @param place where the outputs are made
     */
    public BoundRun(NativeLayer layer, OrtSession session, List<String> inputs, List<String> outputs, MemoryPlace place)
            throws OrtException {
        api = layer.required();
        this.session = session;
        this.inputs = List.copyOf(inputs);
        sessionHandle = api.handles().of(session);
        inputNames = names(inputs);
        outputNames = names(outputs);
        places = new MemoryPlace[outputs.size()];
        Arrays.fill(places, place);
        bound = new OnnxTensor[inputs.size()];
        binding = api.make(Slot.CreateIoBinding, sessionHandle);
    }

    private static Memory[] names(List<String> names) {
        return names.stream().map(OrtApi::text).toArray(Memory[]::new);
    }

    /** Where the i-th output is made by the next runs. */
    public void place(int i, MemoryPlace place) {
        places[i] = place;
    }

    /** Binds the i-th input. The tensor must stay open while it is bound. */
    public void bind(int i, OnnxTensor tensor) throws OrtException {
        requireOpen();
        api.call(Slot.BindInput, binding, inputNames[i], api.handles().of(tensor));
        bound[i] = tensor;
    }

    /** Runs; the results are the outputs in their order. The caller closes them. */
    public List<OnnxTensor> run() throws OrtException {
        return run(null);
    }

    /** As {@link #run()}, with options of this run. */
    public List<OnnxTensor> run(OrtSession.@Nullable RunOptions options) throws OrtException {
        requireOpen();
        requireInputs();
        // Bound anew for each run: an output that is still bound would be written into the tensor that the last run
        // returned.
        for (int i = 0; i < outputNames.length; i++) {
            api.call(Slot.BindOutputToDevice, binding, outputNames[i], places[i].handle());
        }
        try {
            api.call(
                    Slot.RunWithBinding,
                    sessionHandle,
                    options == null ? 0L : api.handles().of(options),
                    binding);
            return results();
        } finally {
            api.release(Slot.ClearBoundOutputs, binding);
        }
    }

    /** A closed tensor's memory would be read by the run: ONNX Runtime does not notice. */
    private void requireInputs() {
        for (int i = 0; i < bound.length; i++) {
            OnnxTensor tensor = bound[i];
            if (tensor == null) {
                throw new IllegalStateException("input " + inputs.get(i) + " is not bound");
            }
            if (tensor.isClosed()) {
                throw new IllegalStateException("the tensor bound to input " + inputs.get(i) + " is closed");
            }
        }
    }

    private List<OnnxTensor> results() throws OrtException {
        JavaHandles handles = api.handles();
        api.call(Slot.GetBoundOutputValues, binding, handles.allocator(), scratch, count);
        Pointer array = scratch.getPointer(0);
        long[] found = array.getLongArray(0, (int) count.getLong(0));
        api.call(Slot.AllocatorFree, handles.allocator(), array);
        List<OnnxTensor> results = new ArrayList<>(found.length);
        try {
            for (long value : found) {
                results.add(api.tensor(value, scratch));
            }
            return results;
        } catch (OrtException | RuntimeException e) {
            results.forEach(OnnxTensor::close);
            for (int i = results.size(); i < found.length; i++) {
                api.release(Slot.ReleaseValue, found[i]);
            }
            throw e;
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("this run of " + session + " is closed");
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            api.release(Slot.ReleaseIoBinding, binding);
        }
    }
}
