package dev.reprise.ort.capi;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.sun.jna.Memory;
import java.util.List;

/**
 * A session whose tensors may stay where it computes: in which memory it wants each input and makes each output.
 *
 * <p>Even in a session on a device some operators run on the CPU, shape arithmetic above all: their inputs and outputs are in the
 * CPU's memory. Inputs and outputs are numbered in the order in which they are named to the constructor. Used by several threads;
 * valid while the session is open.
 */
public final class BoundSession {
    private final OrtApi api;
    private final OrtSession session;
    private final List<String> inputs;
    private final Memory[] inputNames;
    private final Memory[] outputNames;
    private final boolean[] inputOnDevice;
    private final boolean[] outputOnDevice;
    private final long[] outputMemory;

    /**
     * @param inputs names of inputs; all of them, for runs
     * @param outputs names of outputs
     */
    public BoundSession(NativeLayer layer, OrtSession session, List<String> inputs, List<String> outputs)
            throws OrtException {
        api = layer.required();
        this.session = session;
        this.inputs = List.copyOf(inputs);
        inputNames = names(inputs);
        outputNames = names(outputs);
        long[] wanted = memory(Slot.SessionGetMemoryInfoForInputs, List.copyOf(session.getInputNames()), inputs);
        outputMemory = memory(Slot.SessionGetMemoryInfoForOutputs, List.copyOf(session.getOutputNames()), outputs);
        inputOnDevice = onDevice(wanted);
        outputOnDevice = onDevice(outputMemory);
    }

    private static Memory[] names(List<String> names) {
        return names.stream().map(OrtApi::text).toArray(Memory[]::new);
    }

    /** The memory of each of these names; the session owns it. */
    private long[] memory(Slot slot, List<String> all, List<String> names) throws OrtException {
        if (all.isEmpty()) {
            return new long[0];
        }
        Memory found = new Memory((long) all.size() * Long.BYTES);
        api.call(slot, api.handles().of(session), found, (long) all.size());
        long[] memory = new long[names.size()];
        for (int i = 0; i < memory.length; i++) {
            int index = all.indexOf(names.get(i));
            if (index < 0) {
                throw new IllegalArgumentException(
                        "the session has no '" + names.get(i) + "', only " + String.join(", ", all));
            }
            memory[i] = found.getLong((long) index * Long.BYTES);
        }
        return memory;
    }

    private boolean[] onDevice(long[] memory) {
        boolean[] onDevice = new boolean[memory.length];
        for (int i = 0; i < memory.length; i++) {
            // None stands for an input that nothing reads.
            onDevice[i] = memory[i] != 0 && api.isOnDevice(memory[i]);
        }
        return onDevice;
    }

    /** Whether the i-th input is wanted in the memory of a device. From elsewhere ONNX Runtime copies it. */
    public boolean wantsOnDevice(int i) {
        return inputOnDevice[i];
    }

    /** Whether the i-th output is made in the memory of a device. */
    public boolean makesOnDevice(int i) {
        return outputOnDevice[i];
    }

    /** Runs of this session for one thread. */
    public BoundRun newRun() throws OrtException {
        return newRun(List.of());
    }

    /**
     * As {@link #newRun()}.
     *
     * @param bound for good, to the last inputs; they stay open as long as the runs
     */
    public BoundRun newRun(List<OnnxTensor> bound) throws OrtException {
        return new BoundRun(this, bound);
    }

    OrtApi api() {
        return api;
    }

    long handle() {
        return api.handles().of(session);
    }

    String inputName(int i) {
        return inputs.get(i);
    }

    int inputs() {
        return inputNames.length;
    }

    int outputs() {
        return outputNames.length;
    }

    Memory nativeInputName(int i) {
        return inputNames[i];
    }

    Memory nativeOutputName(int i) {
        return outputNames[i];
    }

    /** Where the i-th output is made. */
    long outputMemory(int i) {
        return outputMemory[i] == 0 ? api.hostMemory() : outputMemory[i];
    }

    /** Whether a tensor is in the memory of a device, where Java cannot read it. */
    public static boolean isOnDevice(NativeLayer layer, OnnxTensor tensor) throws OrtException {
        OrtApi api = layer.required();
        return api.isOnDevice(api.memoryOf(api.handles().of(tensor)));
    }

    @Override
    public String toString() {
        return session.toString();
    }
}
