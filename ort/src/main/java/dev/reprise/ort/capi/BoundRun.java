package dev.reprise.ort.capi;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Runs of a session whose inputs and outputs stay in the memory that they are in: a result on a device feeds the next session there,
 * without a copy through the host.
 *
 * <p>Inputs are bound anew for each run and let go after it. Used by one thread at a time; any number of these may share a session.
 */
public final class BoundRun implements AutoCloseable {
    private final BoundSession session;
    private final OrtApi api;
    private final @Nullable OnnxTensor[] bound;
    private final long binding;
    /** Inputs that are bound anew for each run: the first ones. */
    private final int changing;

    /** One of the others, on the device. */
    private final OptionalInt placeholder;

    private final List<OnnxTensor> forGood;
    private final OrtSession.RunOptions withoutWaiting = new OrtSession.RunOptions();
    private final Memory scratch = new Memory(3L * Long.BYTES);
    private final Pointer count = scratch.share(Long.BYTES);
    private boolean closed;

    BoundRun(BoundSession session, List<OnnxTensor> forGood) throws OrtException {
        this.session = session;
        api = session.api();
        bound = new OnnxTensor[session.inputs()];
        this.forGood = List.copyOf(forGood);
        changing = session.inputs() - forGood.size();
        placeholder = IntStream.range(changing, session.inputs())
                .filter(session::wantsOnDevice)
                .findFirst();
        binding = api.make(Slot.CreateIoBinding, session.handle());
        try {
            withoutWaiting.addRunConfigEntry("disable_synchronize_execution_providers", "1");
            bindForGood();
        } catch (OrtException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Binds the i-th input of the next run. The tensor must stay open until then. */
    public void bind(int i, OnnxTensor tensor) throws OrtException {
        requireOpen();
        api.call(
                Slot.BindInput,
                binding,
                session.nativeInputName(i),
                api.handles().of(tensor));
        bound[i] = tensor;
    }

    /**
     * Runs.
     *
     * @param wanted which outputs
     * @param toHost whether they are made in the CPU's memory, rather than where the session computes
     * @param wait whether to wait until they are computed. Without it they may feed another session on the same device whose runs
     *     follow this one, and nothing else
     * @return the wanted outputs in their order; the caller closes them
     */
    public List<OnnxTensor> run(boolean[] wanted, boolean toHost, boolean wait) throws OrtException {
        requireOpen();
        requireInputs();
        try {
            // Bound anew for each run: an output that is still bound would be written into the tensor that the last run
            // returned.
            for (int i = 0; i < session.outputs(); i++) {
                if (wanted[i]) {
                    long memory = toHost ? api.hostMemory() : session.outputMemory(i);
                    api.call(Slot.BindOutputToDevice, binding, session.nativeOutputName(i), memory);
                }
            }
            long options = wait ? 0 : api.handles().of(withoutWaiting);
            api.call(Slot.RunWithBinding, session.handle(), options, binding);
            return results();
        } finally {
            // What is bound stays in memory.
            api.release(Slot.ClearBoundOutputs, binding);
            letInputsGo();
        }
    }

    /** What is bound stays in memory: of the next run's inputs, on the device, there must not be two. */
    private void letInputsGo() throws OrtException {
        Arrays.fill(bound, 0, changing, null);
        if (placeholder.isEmpty()) {
            api.release(Slot.ClearBoundInputs, binding);
            bindForGood();
            return;
        }
        // A weight, which is there anyway, takes the place of each: cheaper than to bind all weights anew.
        long inPlace = api.handles().of(forGood.get(placeholder.getAsInt() - changing));
        for (int i = 0; i < changing; i++) {
            if (session.wantsOnDevice(i)) {
                api.call(Slot.BindInput, binding, session.nativeInputName(i), inPlace);
            }
        }
    }

    private void bindForGood() throws OrtException {
        for (int i = 0; i < forGood.size(); i++) {
            bind(changing + i, forGood.get(i));
        }
    }

    /** A closed tensor's memory would be read by the run: ONNX Runtime does not notice. */
    private void requireInputs() {
        for (int i = 0; i < bound.length; i++) {
            OnnxTensor tensor = bound[i];
            if (tensor == null) {
                throw new IllegalStateException("input " + session.inputName(i) + " is not bound");
            }
            if (tensor.isClosed()) {
                throw new IllegalStateException("the tensor bound to input " + session.inputName(i) + " is closed");
            }
        }
    }

    private List<OnnxTensor> results() throws OrtException {
        JavaHandles handles = api.handles();
        api.call(Slot.GetBoundOutputValues, binding, handles.allocator(), scratch, count);
        Pointer array = scratch.getPointer(0);
        if (count.getLong(0) == 0) {
            return List.of();
        }
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
            withoutWaiting.close();
        }
    }
}
