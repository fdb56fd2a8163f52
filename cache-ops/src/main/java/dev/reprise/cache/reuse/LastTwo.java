package dev.reprise.cache.reuse;

import dev.reprise.cache.Cache;
import dev.reprise.cache.math.Tensor;
import org.jspecify.annotations.Nullable;

/** The last two values of one tensor, in two slots that take turns. State of one context; tensors are in the cache. */
final class LastTwo {
    private final String slot;
    private int newest;
    private int count;

    LastTwo(String slot) {
        this.slot = slot;
    }

    boolean ready(Cache cache) {
        return count > 0 && newest(cache) != null && (count == 1 || older(cache) != null);
    }

    /** The last value, null when it left the cache. */
    @Nullable
    Tensor newest(Cache cache) {
        return cache.get(slot + "/" + newest);
    }

    /** The value before it, null when there is none. */
    @Nullable
    Tensor older(Cache cache) {
        return count < 2 ? null : cache.get(slot + "/" + (1 - newest));
    }

    /**
     * Takes in a new value in place of the older one.
     *
     * @return false when the cache has no room for it: then nothing is kept
     */
    boolean push(Cache cache, Tensor tensor) {
        int free = count == 0 ? 0 : 1 - newest;
        if (!cache.put(slot + "/" + free, tensor)) {
            cache.remove(slot + "/" + (1 - free));
            count = 0;
            return false;
        }
        newest = free;
        count = Math.min(count + 1, 2);
        return true;
    }

    void forget(Cache cache) {
        cache.remove(slot + "/0");
        cache.remove(slot + "/1");
        count = 0;
    }
}
