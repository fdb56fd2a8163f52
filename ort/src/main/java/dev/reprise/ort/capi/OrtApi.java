package dev.reprise.ort.capi;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.LongByReference;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/**
 * Calls the functions of the struct {@code OrtApi}.
 *
 * <p>Through JNA, because Java 17 has no foreign-function API of its own, JNA brings its native part for every platform that ONNX
 * Runtime has one for, and one way that works on every JDK is enough. A call costs about a microsecond: what is called for each
 * tensor of each run is kept short.
 *
 * <p>Arguments are {@code long} for pointers and sizes, {@code int} for enums, JNA types for memory that is read or written.
 */
final class OrtApi {
    /** Values of the C enums {@code OrtMemoryInfoDeviceType}, {@code OrtAllocatorType} and {@code OrtMemType}. */
    private static final int HOST = 0;

    private static final int DEVICE_ALLOCATOR = 0;
    private static final int DEFAULT_MEMORY = 0;

    private final JavaHandles handles;
    private final long hostMemory;
    private final Map<Slot, Function> functions = new EnumMap<>(Slot.class);

    OrtApi(JavaHandles handles) throws OrtException {
        this.handles = handles;
        Pointer table = new Pointer(handles.api());
        for (Slot slot : Slot.values()) {
            functions.put(slot, Function.getFunction(table.getPointer((long) slot.index() * Native.POINTER_SIZE)));
        }
        requireErrorsToBeRead();
        hostMemory = make(Slot.CreateCpuMemoryInfo, DEVICE_ALLOCATOR, DEFAULT_MEMORY);
    }

    /** Makes an error of ONNX Runtime's and reads it: on another table than the expected one this would not come out right. */
    private void requireErrorsToBeRead() {
        String sent = "reprise";
        int invalidArgument = 2;
        try {
            check(invokeLong(Slot.CreateStatus, invalidArgument, text(sent)));
        } catch (OrtException e) {
            if (e.getCode() == OrtException.OrtErrorCode.ORT_INVALID_ARGUMENT
                    && String.valueOf(e.getMessage()).endsWith(sent)) {
                return;
            }
            throw new IllegalStateException(
                    "expected ONNX Runtime's C API to give back the error text that it was given, found "
                            + e.getMessage(),
                    e);
        }
        throw new IllegalStateException("expected ONNX Runtime's C API to make an error, found success");
    }

    JavaHandles handles() {
        return handles;
    }

    /** Calls a function that returns a status. */
    void call(Slot slot, Object... arguments) throws OrtException {
        check(invokeLong(slot, arguments));
    }

    /** Calls a function that returns a status and whose last argument, left out here, receives a pointer or a size. */
    long make(Slot slot, Object... arguments) throws OrtException {
        LongByReference result = new LongByReference();
        Object[] all = new Object[arguments.length + 1];
        System.arraycopy(arguments, 0, all, 0, arguments.length);
        all[arguments.length] = result;
        check(invokeLong(slot, all));
        return result.getValue();
    }

    /** Calls a function that returns nothing: one that releases or clears. */
    void release(Slot slot, long object) {
        function(slot).invokeVoid(new Object[] {object});
    }

    /** Calls a function that returns nothing, with other arguments than the object alone. */
    void invoke(Slot slot, Object... arguments) {
        function(slot).invokeVoid(arguments);
    }

    private Function function(Slot slot) {
        return Objects.requireNonNull(functions.get(slot));
    }

    private long invokeLong(Slot slot, Object... arguments) {
        return function(slot).invokeLong(arguments);
    }

    private void check(long status) throws OrtException {
        if (status == 0) {
            return;
        }
        int code = function(Slot.GetErrorCode).invokeInt(new Object[] {status});
        String message = string(invokeLong(Slot.GetErrorMessage, status));
        release(Slot.ReleaseStatus, status);
        throw new OrtException(code, message);
    }

    /**
     * Wraps a tensor that a run made. The Java object owns it; not when this fails.
     *
     * @param scratch memory for three results, so that nothing is allocated here for each tensor of each run
     */
    OnnxTensor tensor(long value, Memory scratch) throws OrtException {
        Pointer dimensions = scratch.share(Long.BYTES);
        Pointer rank = scratch.share(2 * Long.BYTES);
        call(Slot.GetTensorElementTypeAndShapeDataReference, value, scratch, dimensions, rank);
        int size = (int) rank.getLong(0);
        long[] shape = size == 0 ? new long[0] : dimensions.getPointer(0).getLongArray(0, size);
        return handles.tensor(value, shape, scratch.getInt(0));
    }

    /** The memory that a tensor is in; the tensor owns it. */
    long memoryOf(long tensor) throws OrtException {
        return make(Slot.GetTensorMemoryInfo, tensor);
    }

    /** Whether this is the memory of a device, which the CPU does not read. */
    boolean isOnDevice(long memory) {
        IntByReference kind = new IntByReference();
        invoke(Slot.MemoryInfoGetDeviceType, memory, kind);
        return kind.getValue() != HOST;
    }

    /** The memory of the CPU, for outputs to be made in. Never released. */
    long hostMemory() {
        return hostMemory;
    }

    private static String string(long pointer) {
        return new Pointer(pointer).getString(0, StandardCharsets.UTF_8.name());
    }

    /** A C string. Memory of its own, freed when nobody refers to the object. */
    static Memory text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        Memory memory = new Memory(bytes.length + 1L);
        memory.write(0, bytes, 0, bytes.length);
        memory.setByte(bytes.length, (byte) 0);
        return memory;
    }
}
