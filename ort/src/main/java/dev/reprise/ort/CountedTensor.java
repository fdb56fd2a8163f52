package dev.reprise.ort;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cache.math.Tensor;
import dev.reprise.graph.ElementType;
import dev.reprise.ort.element.ElementTypes;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A native tensor and how many owners it has: the step that made it, cache slots, kept results. The last one to let go closes it.
 * Tensors of the caller are borrowed: counted for the length of a step, never closed. Used by one thread at a time.
 */
public final class CountedTensor implements Tensor {
    private final OnnxTensor tensor;
    private final ElementType elementType;
    private final long[] shape;
    private final @Nullable LiveTensors live;
    private long version;
    private int owners = 1;
    private int keepers;
    private boolean handedOut;

    private CountedTensor(OnnxTensor tensor, ElementType elementType, @Nullable LiveTensors live, long version) {
        this.tensor = tensor;
        this.elementType = elementType;
        this.shape = tensor.getInfo().getShape();
        this.live = live;
        this.version = version;
    }

    /** Takes over a tensor that a session made. */
    public static CountedTensor owned(OnnxTensor tensor, ElementType declared, LiveTensors live, long version) {
        ElementType found = ElementTypes.of(tensor.getInfo());
        live.made();
        return new CountedTensor(tensor, found == null ? declared : found, live, version);
    }

    /** Stands for a tensor of the caller. */
    public static CountedTensor borrowed(OnnxTensor tensor, ElementType declared) {
        ElementType found = ElementTypes.of(tensor.getInfo());
        return new CountedTensor(tensor, found == null ? declared : found, null, 0);
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
        if (owners == 0 && live != null) {
            if (handedOut) {
                live.takenBack(this);
            } else {
                live.released();
            }
            // The caller may have closed an output that was handed out.
            if (!tensor.isClosed()) {
                tensor.close();
            }
        }
    }

    /** Makes the caller of the model an owner, who may also close the native tensor itself. */
    public void handOut() {
        retain();
        if (live != null) {
            handedOut = true;
            live.handedOut(this);
        }
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

    /** Equal versions mean equal bits. Of what a session made: one per tensor. Of a model input: one per content. */
    public long version() {
        return version;
    }

    public void version(long content) {
        version = content;
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
