package dev.reprise.ort;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Counts the native tensors that one loaded model has made and nobody has released yet. Zero when everything was closed. */
public final class LiveTensors {
    private final AtomicLong count = new AtomicLong();
    private final AtomicLong keys = new AtomicLong();
    /** A caller may close the native tensor of one of these without telling us. */
    private final Set<CountedTensor> handedOut = ConcurrentHashMap.newKeySet();

    public long count() {
        forgetClosed();
        return count.get();
    }

    void made() {
        count.incrementAndGet();
    }

    /** A key that no tensor of this model had before. */
    public ContentKey newKey() {
        return ContentKey.unique(keys.incrementAndGet());
    }

    void handedOut(CountedTensor tensor) {
        forgetClosed();
        handedOut.add(tensor);
    }

    /** A tensor that was not handed out is closed. */
    void released() {
        count.decrementAndGet();
    }

    /**
     * A tensor that was handed out is closed, by its owner or its caller. Whoever takes it out of the set counts it off: several threads
     * may notice that a caller closed it.
     */
    void takenBack(CountedTensor tensor) {
        if (handedOut.remove(tensor)) {
            count.decrementAndGet();
        }
    }

    private void forgetClosed() {
        for (CountedTensor tensor : handedOut) {
            if (tensor.isClosed()) {
                takenBack(tensor);
            }
        }
    }
}
