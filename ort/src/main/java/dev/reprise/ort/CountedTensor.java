package dev.reprise.ort;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cache.math.Tensor;
import dev.reprise.graph.ElementType;
import dev.reprise.ort.element.ElementTypes;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A native tensor and how many owners it has: the step that made it, cache slots, kept results. The last one to let go closes it.
 * Tensors of the caller are borrowed: counted for the length of a step, never closed. Used by one thread at a time; a {@link
 * SharedTensor} stands behind those that several threads own.
 */
public final class CountedTensor implements Tensor {
    private final OnnxTensor tensor;
    private final ElementType elementType;
    private final long[] shape;
    private final boolean onDevice;
    private final @Nullable LiveTensors live;
    private @Nullable CountedTensor counterpart;
    private @Nullable SharedTensor shared;
    private @Nullable Runnable afterwards;
    private @Nullable ContentKey key;
    private int owners = 1;
    private int keepers;
    private boolean handedOut;

    private CountedTensor(OnnxTensor tensor, ElementType declared, boolean onDevice, @Nullable LiveTensors live) {
        ElementType found = ElementTypes.of(tensor.getInfo());
        this.tensor = tensor;
        this.elementType = found == null ? declared : found;
        this.shape = tensor.getInfo().getShape();
        this.onDevice = onDevice;
        this.live = live;
    }

    /**
     * Takes over a tensor that a session made.
     *
     * @param onDevice whether it is in the memory of a device
     */
    public static CountedTensor owned(OnnxTensor tensor, ElementType declared, boolean onDevice, LiveTensors live) {
        live.made();
        return new CountedTensor(tensor, declared, onDevice, live);
    }

    /** Does something once the native tensor is closed: its maker may be needed until then. */
    CountedTensor afterwards(Runnable action) {
        afterwards = action;
        return this;
    }

    static CountedTensor shared(
            SharedTensor shared,
            OnnxTensor tensor,
            ElementType elementType,
            boolean onDevice,
            LiveTensors live,
            ContentKey key) {
        CountedTensor counted = new CountedTensor(tensor, elementType, onDevice, live);
        counted.shared = shared;
        counted.key = key;
        return counted;
    }

    /** Stands for a tensor of the caller. */
    public static CountedTensor borrowed(OnnxTensor tensor, ElementType declared, boolean onDevice) {
        return new CountedTensor(tensor, declared, onDevice, null);
    }

    /** Whether it is in the memory of a device, where Java cannot read it. */
    public boolean isOnDevice() {
        return onDevice;
    }

    /** The same content in the other memory, where it was needed there: made once, let go with this one. */
    @Nullable
    CountedTensor counterpart() {
        return counterpart;
    }

    void counterpart(CountedTensor other) {
        counterpart = other;
    }

    /** Takes over the counterpart of a tensor with the same content, if this one has none; and the other way round. */
    public void shareCounterpart(CountedTensor same) {
        if (counterpart == null && same.counterpart != null) {
            counterpart = same.counterpart.retain();
        } else if (counterpart != null && same.counterpart == null) {
            same.counterpart = counterpart.retain();
        }
    }

    /** The native tensor, to feed to a session now. A closed one would crash the JVM there. */
    public OnnxTensor tensor() {
        if (owners <= 0) {
            throw new IllegalStateException("tensor " + this + " is used after it was released");
        }
        return tensor;
    }

    public CountedTensor retain() {
        tensor();
        owners++;
        return this;
    }

    public void release() {
        if (owners <= 0) {
            throw new IllegalStateException("tensor " + this + " is released twice");
        }
        owners--;
        if (owners > 0) {
            return;
        }
        if (counterpart != null) {
            counterpart.release();
            counterpart = null;
        }
        if (shared != null) {
            shared.release();
        } else if (live != null) {
            if (handedOut) {
                live.takenBack(this);
            } else {
                live.released();
            }
            // The caller may have closed an output that was handed out.
            if (!tensor.isClosed()) {
                tensor.close();
            }
            if (afterwards != null) {
                afterwards.run();
            }
        }
    }

    /** Makes the caller of the model an owner, who may also close the native tensor itself. */
    public void handOut() {
        if (shared != null) {
            throw new IllegalStateException(
                    "tensor " + this + " is handed out, but other generations use it: hand out a copy");
        }
        retain();
        if (live != null) {
            handedOut = true;
            live.handedOut(this);
        }
    }

    /**
     * Lets generations on other threads own the native tensor too. This one stays one of its owners; there is one more, the caller's.
     *
     * @throws IllegalStateException when it is the caller's of the model, who may close or change it, or has no key
     */
    public SharedTensor share() {
        if (live == null || handedOut || afterwards != null || key == null) {
            throw new IllegalStateException(
                    "tensor " + this + " cannot be shared: it is borrowed, or no result of a stage with a key");
        }
        if (shared == null) {
            shared = new SharedTensor(tensor(), elementType, onDevice, live, key);
        }
        return shared.retain();
    }

    /** Whether other generations may own the native tensor: then it is for nobody to close or change. */
    public boolean isShared() {
        return shared != null;
    }

    boolean isClosed() {
        return tensor.isClosed();
    }

    public boolean isBorrowed() {
        return live == null;
    }

    public int owners() {
        return owners;
    }

    /** What it holds, null as long as nobody asked. Equal keys mean equal bits. */
    @Nullable
    public ContentKey key() {
        return key;
    }

    public void key(@Nullable ContentKey content) {
        key = content;
    }

    /** How many slots keep it from step to step: its bytes count once. */
    public int keepers() {
        return keepers;
    }

    public void keepers(int count) {
        keepers = count;
    }

    @Override
    public ElementType elementType() {
        return elementType;
    }

    @Override
    public long[] shape() {
        return shape.clone();
    }

    public long dimension(int axis) {
        return shape[axis];
    }

    public int rank() {
        return shape.length;
    }

    public boolean hasShape(long[] expected) {
        return Arrays.equals(shape, expected);
    }

    public long elements() {
        long elements = 1;
        for (long dimension : shape) {
            elements *= dimension;
        }
        return elements;
    }

    @Override
    public long bytes() {
        return elementType.bytes(elements());
    }

    @Override
    public String toString() {
        return elementType + Arrays.toString(shape);
    }
}
