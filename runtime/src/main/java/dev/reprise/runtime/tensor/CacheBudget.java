package dev.reprise.runtime.tensor;

import dev.reprise.ort.CountedTensor;
import org.jspecify.annotations.Nullable;

/** Bytes that one generation keeps from step to step, and their limit. A tensor kept in several places counts once. */
public final class CacheBudget {
    private final long limit;
    private long used;
    private long usedOnDevice;
    private long peak;

    public CacheBudget(long limit) {
        this.limit = limit;
    }

    /** Whether a tensor has room when another one is let go for it. */
    public boolean fits(CountedTensor tensor, @Nullable CountedTensor replaced) {
        long more = tensor.keepers() == 0 || tensor.isBorrowed() ? tensor.bytes() : 0;
        long less = replaced != null && replaced != tensor && replaced.keepers() == 1 ? replaced.bytes() : 0;
        return more == 0 || more - less <= limit - used;
    }

    /** Becomes an owner of the tensor that counts. */
    public void keep(CountedTensor tensor) {
        tensor.retain();
        if (tensor.keepers() == 0) {
            add(tensor.bytes());
            usedOnDevice += tensor.isOnDevice() ? tensor.bytes() : 0;
        }
        tensor.keepers(tensor.keepers() + 1);
    }

    public void drop(CountedTensor tensor) {
        tensor.keepers(tensor.keepers() - 1);
        if (tensor.keepers() == 0) {
            used -= tensor.bytes();
            usedOnDevice -= tensor.isOnDevice() ? tensor.bytes() : 0;
        }
        tensor.release();
    }

    /** Counts memory that is no tensor: private copies of inputs. */
    public void add(long bytes) {
        used += bytes;
        peak = Math.max(peak, used);
    }

    public void subtract(long bytes) {
        used -= bytes;
    }

    public boolean hasRoom(long bytes) {
        return bytes <= limit - used;
    }

    public void forgetPeak() {
        peak = used;
    }

    public long used() {
        return used;
    }

    /** Those of the used bytes that are in the memory of a device. */
    public long usedOnDevice() {
        return usedOnDevice;
    }

    public long peak() {
        return peak;
    }
}
