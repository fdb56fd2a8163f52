package dev.reprise.runtime.tensor;

import dev.reprise.ort.Closing;
import dev.reprise.ort.ContentKey;
import dev.reprise.ort.CountedTensor;
import dev.reprise.ort.SharedTensor;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Results that all generations of a loaded model share, by what they were computed from, within a limit of bytes. Those that were used
 * longest ago go first, with two exceptions: what a generation uses now, since its memory would stay, and what the generation that asks
 * for room used itself, since a schedule longer than the limit would otherwise drive out each of its steps before it comes round again.
 *
 * <p>Used by several threads. Two generations that lack the same result both compute it; the first one's is kept.
 */
public final class SharedResults implements AutoCloseable {
    private final long limit;
    /** Used longest ago first. */
    private final Map<ContentKey, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

    private long bytes;
    private long generations;

    private static final class Entry {
        private final List<SharedTensor> tensors;
        private final long bytes;
        private final Runnable letGo;
        /** The latest generation that used it. */
        private long generation;

        Entry(List<SharedTensor> tensors, long bytes, Runnable letGo) {
            this.tensors = tensors;
            this.bytes = bytes;
            this.letGo = letGo;
        }

        /** Whether only this cache owns its tensors. */
        boolean isIdle() {
            for (SharedTensor tensor : tensors) {
                if (tensor.owners() > 1) {
                    return false;
                }
            }
            return true;
        }

        void close() {
            Closing closing = new Closing();
            tensors.forEach(tensor -> closing.add(tensor::release));
            closing.add(letGo::run).finish();
        }
    }

    /** @param limit in bytes */
    public SharedResults(long limit) {
        this.limit = limit;
    }

    /** A number for a generation that begins. */
    public synchronized long begin() {
        return ++generations;
    }

    /** The tensors of a result, each with one owner on the caller's thread; null where it is not there. */
    public synchronized CountedTensor @Nullable [] find(ContentKey result, long generation) {
        Entry entry = entries.get(result);
        if (entry == null) {
            return null;
        }
        entry.generation = Math.max(entry.generation, generation);
        return entry.tensors.stream().map(SharedTensor::newOwner).toArray(CountedTensor[]::new);
    }

    /**
     * Keeps a result, if there is room for it.
     *
     * @param tensors what was computed, with keys
     * @param hold called when it is kept; holds what the tensors need to be closed, and returns what lets that go
     */
    public void offer(ContentKey result, CountedTensor[] tensors, long generation, Supplier<Runnable> hold) {
        long size = 0;
        for (CountedTensor tensor : tensors) {
            size += tensor.bytes();
        }
        List<Entry> dropped = new ArrayList<>();
        try {
            synchronized (this) {
                if (size <= limit && !entries.containsKey(result)) {
                    List<ContentKey> leaving = leaving(size, generation);
                    if (leaving != null) {
                        dropped.addAll(remove(leaving));
                        add(result, tensors, size, generation, hold);
                    }
                }
            }
        } finally {
            close(dropped);
        }
    }

    private void add(ContentKey result, CountedTensor[] tensors, long size, long generation, Supplier<Runnable> hold) {
        Runnable letGo = hold.get();
        List<SharedTensor> shared = new ArrayList<>();
        for (CountedTensor tensor : tensors) {
            shared.add(tensor.share());
        }
        Entry entry = new Entry(shared, size, letGo);
        entry.generation = generation;
        entries.put(result, entry);
        bytes += size;
    }

    /** What has to go for so many bytes, null when that is not enough. */
    private @Nullable List<ContentKey> leaving(long size, long generation) {
        List<ContentKey> leaving = new ArrayList<>();
        long missing = bytes + size - limit;
        Iterator<Map.Entry<ContentKey, Entry>> eldest = entries.entrySet().iterator();
        while (missing > 0 && eldest.hasNext()) {
            Map.Entry<ContentKey, Entry> next = eldest.next();
            Entry entry = next.getValue();
            if (entry.generation < generation && entry.isIdle()) {
                leaving.add(next.getKey());
                missing -= entry.bytes;
            }
        }
        return missing > 0 ? null : leaving;
    }

    private List<Entry> remove(List<ContentKey> keys) {
        List<Entry> removed = new ArrayList<>();
        for (ContentKey key : keys) {
            Entry entry = entries.remove(key);
            if (entry != null) {
                bytes -= entry.bytes;
                removed.add(entry);
            }
        }
        return removed;
    }

    /** Outside of the lock: it may take a while. */
    private static void close(List<Entry> dropped) {
        Closing closing = new Closing();
        dropped.forEach(entry -> closing.add(entry::close));
        closing.finish();
    }

    /** Bytes that are kept, those that generations use now among them. */
    public synchronized long bytes() {
        return bytes;
    }

    /** The most bytes that may be kept. */
    public long limit() {
        return limit;
    }

    /** Lets everything go. What generations still use is closed by the last of them. */
    @Override
    public void close() {
        List<Entry> all;
        synchronized (this) {
            all = remove(List.copyOf(entries.keySet()));
        }
        close(all);
    }
}
