package dev.reprise.ort.capi;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;

/** A memory that tensors can be in: of the CPU, or of one device of an execution provider. Made once, used by many runs. */
public final class MemoryPlace implements AutoCloseable {
    /** The memory of the CPU, by ONNX Runtime's name. */
    public static final String CPU = "Cpu";

    /** Values of the C enums {@code OrtAllocatorType} and {@code OrtMemType}. */
    private static final int DEVICE_ALLOCATOR = 0;

    private static final int DEFAULT_MEMORY = 0;

    private final OrtApi api;
    private final String name;
    private final long handle;
    private boolean closed;

    private MemoryPlace(OrtApi api, String name, long handle) {
        this.api = api;
        this.name = name;
        this.handle = handle;
    }

    /**
     * A memory by ONNX Runtime's name for it.
     *
     * @param name {@code Cpu}, {@code Cuda}, {@code CudaPinned}, {@code WebGPU_Buf} …
     * @param device which device of the provider
     * @throws OrtException when ONNX Runtime knows no memory of this name
     */
    public static MemoryPlace of(NativeLayer layer, String name, int device) throws OrtException {
        OrtApi api = layer.required();
        long handle = api.make(Slot.CreateMemoryInfo, OrtApi.text(name), DEVICE_ALLOCATOR, device, DEFAULT_MEMORY);
        return new MemoryPlace(api, name, handle);
    }

    /** The name of the memory that a tensor is in. */
    public static String nameOf(NativeLayer layer, OnnxTensor tensor) throws OrtException {
        OrtApi api = layer.required();
        return api.memoryName(api.handles().of(tensor));
    }

    public String name() {
        return name;
    }

    long handle() {
        if (closed) {
            throw new IllegalStateException("memory " + name + " is closed");
        }
        return handle;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            api.release(Slot.ReleaseMemoryInfo, handle);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
