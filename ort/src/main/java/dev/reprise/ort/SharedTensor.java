package dev.reprise.ort;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.graph.ElementType;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A native tensor that generations on several threads own at the same time, each through a {@link CountedTensor} of its own. Nobody
 * writes into it. The last owner closes it.
 */
public final class SharedTensor {
    private final OnnxTensor tensor;
    private final ElementType elementType;
    private final boolean onDevice;
    private final LiveTensors live;
    private final ContentKey key;
    private final AtomicInteger owners = new AtomicInteger(1);

    SharedTensor(OnnxTensor tensor, ElementType elementType, boolean onDevice, LiveTensors live, ContentKey key) {
        this.tensor = tensor;
        this.elementType = elementType;
        this.onDevice = onDevice;
        this.live = live;
        this.key = key;
    }

    /** One more owner: a tensor for one thread, with one owner there. */
    public CountedTensor newOwner() {
        retain();
        return CountedTensor.shared(this, tensor, elementType, onDevice, live, key);
    }

    public SharedTensor retain() {
        if (owners.getAndUpdate(count -> count == 0 ? 0 : count + 1) == 0) {
            throw new IllegalStateException("a shared " + elementType + " tensor is used after it was released");
        }
        return this;
    }

    public void release() {
        int left = owners.decrementAndGet();
        if (left < 0) {
            throw new IllegalStateException("a shared " + elementType + " tensor is released twice");
        }
        if (left == 0) {
            live.released();
            tensor.close();
        }
    }

    public int owners() {
        return owners.get();
    }
}
