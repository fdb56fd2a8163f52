package dev.reprise.ort;

import java.util.concurrent.atomic.AtomicLong;

/** Counts the native tensors that one loaded model has made and nobody has released yet. Zero when everything was closed. */
public final class LiveTensors {
    private final AtomicLong count = new AtomicLong();

    public long count() {
        return count.get();
    }

    void made() {
        count.incrementAndGet();
    }

    void released() {
        count.decrementAndGet();
    }
}
