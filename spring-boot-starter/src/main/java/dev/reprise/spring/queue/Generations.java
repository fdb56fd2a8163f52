package dev.reprise.spring.queue;

import dev.reprise.cache.CachePolicy;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.runtime.CachedTransformer;
import java.util.ArrayList;
import java.util.List;

/** Opens generations of one loaded model, all with the same policy. For loops of an application that draw no image, too. */
public final class Generations {
    private final CachedTransformer model;
    private final CachePolicy policy;
    private final boolean sharing;
    private final List<GenerationWatcher> watchers;

    /**
     * For one model.
     *
     * @param model stays the caller's, and open as long as this is used
     * @param sharing whether generations share what depends on the prompt or the timestep alone
     */
    public Generations(CachedTransformer model, CachePolicy policy, boolean sharing, List<GenerationWatcher> watchers) {
        this.model = model;
        this.policy = policy;
        this.sharing = sharing;
        this.watchers = List.copyOf(watchers);
    }

    /**
     * One more, with its sessions open.
     *
     * @throws dev.reprise.cache.UnsupportedPolicyException when the policy cannot work on the model
     */
    public WatchedGeneration open() {
        CachedTransformer generation = sharing ? model.newGeneration() : model.newIsolatedGeneration();
        List<AutoCloseable> watches = new ArrayList<>();
        try {
            generation.enableCache(policy);
            generation.load();
            watchers.forEach(watcher -> watches.add(watcher.watch(generation)));
        } catch (RuntimeException e) {
            new WatchedGeneration(generation, watches).close();
            throw e;
        }
        return new WatchedGeneration(generation, watches);
    }

    /** Id of the policy: {@code first_block_cache}. */
    public String policy() {
        return policy.id();
    }

    /** What is known about the model. */
    public Manifest manifest() {
        return model.manifest();
    }
}
