package dev.reprise.ort;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Open sessions by key, each shared by all who use it at the same time. Those that nobody uses stay open, for who used one mostly
 * wants it again. When more are open than a limit says, those of them that were used longest ago are closed.
 *
 * <p>Used by several threads. One opens while others open and take other ones; who wants the one that is being opened waits for it.
 *
 * @param <K> says everything that makes two sessions the same
 */
public final class SharedSessions<K> implements AutoCloseable {
    private final long limit;
    private final Map<K, Entry> used = new HashMap<>();
    /** Eldest first. */
    private final Map<K, Entry> idle = new LinkedHashMap<>();

    private long openCost;

    private static final class Entry {
        private final CompletableFuture<ModelSession> session = new CompletableFuture<>();
        private final long cost;
        private int users;

        Entry(long cost) {
            this.cost = cost;
        }
    }

    /** @param limit how much open sessions may cost together before idle ones are closed */
    public SharedSessions(long limit) {
        this.limit = limit;
    }

    /**
     * The session for a key, opened if need be. Each one that was taken is given back with {@link #release}.
     *
     * @param cost what it takes to keep it open, in the unit of the limit
     */
    public ModelSession take(K key, long cost, Supplier<ModelSession> opening) {
        Entry entry;
        List<ModelSession> evicted = null;
        synchronized (this) {
            entry = known(key);
            if (entry == null) {
                entry = new Entry(cost);
                openCost += cost;
                evicted = evict(limit);
            }
            used.put(key, entry);
            entry.users++;
        }
        if (evicted != null) {
            open(key, entry, evicted, opening);
        }
        try {
            return entry.session.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private @Nullable Entry known(K key) {
        Entry entry = idle.remove(key);
        return entry == null ? used.get(key) : entry;
    }

    private void open(K key, Entry entry, List<ModelSession> evicted, Supplier<ModelSession> opening) {
        try {
            close(evicted);
            entry.session.complete(opening.get());
        } catch (RuntimeException | Error e) {
            synchronized (this) {
                used.remove(key, entry);
                openCost -= entry.cost;
            }
            entry.session.completeExceptionally(e);
            throw e;
        }
    }

    /** Gives one back. */
    public void release(K key) {
        List<ModelSession> evicted = List.of();
        synchronized (this) {
            Entry entry = used.get(key);
            if (entry == null) {
                throw new IllegalStateException("session " + key + " is given back more often than it was taken");
            }
            entry.users--;
            if (entry.users == 0) {
                used.remove(key);
                idle.put(key, entry);
                evicted = evict(limit);
            }
        }
        close(evicted);
    }

    private List<ModelSession> evict(long most) {
        List<ModelSession> evicted = new ArrayList<>();
        Iterator<Entry> eldest = idle.values().iterator();
        while (openCost > most && eldest.hasNext()) {
            Entry entry = eldest.next();
            eldest.remove();
            openCost -= entry.cost;
            evicted.add(entry.session.join());
        }
        return evicted;
    }

    /** Outside of the lock: it takes a while. */
    private static void close(List<ModelSession> sessions) {
        Closing closing = new Closing();
        sessions.forEach(closing::add);
        closing.finish();
    }

    /** How many are open. */
    public synchronized int size() {
        return used.size() + idle.size();
    }

    /** Closes those that nobody uses: all, once everything was given back. */
    @Override
    public void close() {
        List<ModelSession> all;
        synchronized (this) {
            all = evict(Long.MIN_VALUE);
        }
        close(all);
    }
}
