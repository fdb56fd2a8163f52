package dev.reprise.ort;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Counts the native tensors that one loaded model has made and nobody has released yet. Zero when everything was closed. */
public final class LiveTensors {
    private final AtomicLong count = new AtomicLong();
    /** A caller may close the native tensor of one of these without telling us. */
    private final Set<CountedTensor> handedOut = ConcurrentHashMap.newKeySet();

    public long count() {
        forgetClosed();
        return count.get();
    }

    void made() {
        count.incrementAndGet();
    }

    void handedOut(CountedTensor tensor) {
        forgetClosed();
        handedOut.add(tensor);
    }

    void released(CountedTensor tensor) {
        handedOut.remove(tensor);
        count.decrementAndGet();
    }

    private void forgetClosed() {
        for (CountedTensor tensor : handedOut) {
            if (tensor.isClosedByCaller()) {
                tensor.release();
            }
        }
    }
}
