package dev.reprise.ort.capi;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.reprise.graph.onnx.TensorProto.DataType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;

/**
 * The native objects behind the objects of ONNX Runtime's Java package, and the way back.
 *
 * <p>The Java package keeps them private, so this reads its fields and calls its constructors by reflection. All of that is here and in {@link KeptEnvironment}.
 * Pointers are {@code long}: ONNX Runtime's libraries are 64-bit.
 */
final class JavaHandles {
    private static final int[] JAVA_CODES = javaCodes();

    private final long api;
    private final Field session;
    private final Field sessionClosed;
    private final Field tensor;
    private final Field sessionOptions;
    private final Field runOptions;
    private final Constructor<OrtSession> newSession;
    private final Constructor<OnnxTensor> newTensor;
    private final Constructor<TensorInfo> newTensorInfo;
    private final long environment;
    private final Object javaAllocator;
    private final long allocator;

    /** @throws ReflectiveOperationException and RuntimeException when this Java package is not as expected or its module is closed */
    JavaHandles(OrtEnvironment environment) throws ReflectiveOperationException {
        Class<?> allocatorClass = Class.forName("ai.onnxruntime.OrtAllocator");
        api = field(Class.forName("ai.onnxruntime.OnnxRuntime"), "ortApiHandle", long.class)
                .getLong(null);
        session = field(OrtSession.class, "nativeHandle", long.class);
        sessionClosed = field(OrtSession.class, "closed", boolean.class);
        tensor = field(OnnxTensorLike.class, "nativeHandle", long.class);
        sessionOptions = field(OrtSession.SessionOptions.class, "nativeHandle", long.class);
        runOptions = field(OrtSession.RunOptions.class, "nativeHandle", long.class);
        newSession = constructor(OrtSession.class, long.class, allocatorClass);
        newTensor = constructor(OnnxTensor.class, long.class, long.class, TensorInfo.class);
        newTensorInfo = constructor(TensorInfo.class, long[].class, String[].class, int.class);
        this.environment =
                field(OrtEnvironment.class, "nativeHandle", long.class).getLong(environment);
        javaAllocator =
                field(OrtEnvironment.class, "defaultAllocator", allocatorClass).get(environment);
        allocator = field(allocatorClass, "handle", long.class).getLong(javaAllocator);
        if (api == 0 || this.environment == 0 || allocator == 0) {
            throw new IllegalStateException("ONNX Runtime's environment has no native objects");
        }
    }

    /** The struct {@code OrtApi} that the Java package itself calls. */
    long api() {
        return api;
    }

    long environment() {
        return environment;
    }

    /** The default allocator: memory of the CPU, without an arena. */
    long allocator() {
        return allocator;
    }

    /** @throws IllegalStateException when it is closed: ONNX Runtime would run freed memory */
    long of(OrtSession object) {
        if (isClosed(object)) {
            throw new IllegalStateException("a session is used after it was closed");
        }
        return read(session, object);
    }

    /** @throws IllegalStateException when it is closed: ONNX Runtime would read freed memory */
    long of(OnnxTensorLike object) {
        if (object.isClosed()) {
            throw new IllegalStateException("tensor " + object.getInfo() + " is closed");
        }
        return read(tensor, object);
    }

    long of(OrtSession.SessionOptions object) {
        return read(sessionOptions, object);
    }

    long of(OrtSession.RunOptions object) {
        return read(runOptions, object);
    }

    /** A Java session that owns a native one. Reads the names of its inputs and outputs. */
    OrtSession session(long handle) throws OrtException {
        try {
            return newSession.newInstance(handle, javaAllocator);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof OrtException failure) {
                throw failure;
            }
            throw new IllegalStateException("a session could not be wrapped", e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a session could not be wrapped", e);
        }
    }

    /**
     * A Java tensor that owns a native one.
     *
     * @param elementType ONNX's code, which is also the C API's; the Java package numbers types in its own way
     */
    OnnxTensor tensor(long handle, long[] shape, int elementType) {
        String[] names = new String[shape.length];
        Arrays.fill(names, "");
        try {
            return newTensor.newInstance(
                    handle, allocator, newTensorInfo.newInstance(shape, names, javaCode(elementType)));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a tensor could not be wrapped", e);
        }
    }

    private static int javaCode(int elementType) {
        if (elementType >= JAVA_CODES.length) {
            return TensorInfo.OnnxTensorType.ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED.value;
        }
        return JAVA_CODES[elementType];
    }

    private static int[] javaCodes() {
        int[] codes = new int[DataType.values().length];
        for (TensorInfo.OnnxTensorType type : TensorInfo.OnnxTensorType.values()) {
            String name = type.name().substring("ONNX_TENSOR_ELEMENT_DATA_TYPE_".length());
            codes[DataType.valueOf(name).getNumber()] = type.value;
        }
        return codes;
    }

    private boolean isClosed(OrtSession object) {
        try {
            return sessionClosed.getBoolean(object);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(sessionClosed + " could not be read, although it was made accessible", e);
        }
    }

    private static long read(Field field, Object object) {
        try {
            return field.getLong(object);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(field + " could not be read, although it was made accessible", e);
        }
    }

    private static Field field(Class<?> owner, String name, Class<?> type) throws NoSuchFieldException {
        Field field = owner.getDeclaredField(name);
        if (field.getType() != type) {
            throw new NoSuchFieldException(field + " is not of type " + type.getName());
        }
        field.setAccessible(true);
        return field;
    }

    private static <T> Constructor<T> constructor(Class<T> owner, Class<?>... parameters) throws NoSuchMethodException {
        Constructor<T> constructor = owner.getDeclaredConstructor(parameters);
        constructor.setAccessible(true);
        return constructor;
    }
}
