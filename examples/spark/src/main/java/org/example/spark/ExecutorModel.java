package org.example.spark;

import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.SessionSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A digits model in memory, for any number of tasks at once: they share sessions and weights, not caches. */
final class ExecutorModel implements AutoCloseable {
    private static final List<String> INPUTS = List.of("hidden_states", "encoder_hidden_states", "timestep");

    private final CachedTransformer loaded;
    private final Captions captions = Captions.ofDigits();

    private ExecutorModel(CachedTransformer loaded) {
        this.loaded = loaded;
    }

    /**
     * Loads a bundle.
     *
     * @throws InvalidModelException when there is none, or not one of a model that draws digits
     */
    static ExecutorModel open(Path bundle, int threads) {
        if (!Files.isDirectory(bundle)) {
            throw new InvalidModelException(
                    bundle + ": there is no bundle; give a folder that every executor can read, or"
                            + " a .zip, which comes with the job");
        }
        CachedTransformer loaded =
                CachedTransformer.open(bundle, SessionSettings.cpu().withThreads(threads));
        try {
            requireDigits(bundle, loaded);
            return new ExecutorModel(loaded);
        } catch (RuntimeException e) {
            loaded.close();
            throw e;
        }
    }

    private static void requireDigits(Path bundle, CachedTransformer loaded) {
        List<String> names = loaded.inputs().stream().map(TensorSpec::name).toList();
        if (!names.containsAll(INPUTS)) {
            throw new InvalidModelException(
                    bundle + ": the model must have the inputs " + INPUTS + " of the digits model, found " + names);
        }
        List<Long> latents = loaded.inputs().get(names.indexOf(INPUTS.get(0))).shape();
        if (latents == null
                || latents.size() != 4
                || !List.of(1L, (long) DigitsSampler.SIZE, (long) DigitsSampler.SIZE)
                        .equals(latents.subList(1, 4))) {
            throw new InvalidModelException(
                    bundle + ": the model must draw [batch, 1, 28, 28] as the digits model, found " + latents);
        }
    }

    /**
     * What draws for one task.
     *
     * @param policyFile as {@code tune} writes it; null computes everything
     * @throws dev.reprise.cache.InvalidPolicyException when the file holds no policy
     * @throws dev.reprise.cache.UnsupportedPolicyException when the policy was made for another model
     */
    PictureGenerator generator(Path policyFile, int steps) {
        // Isolated: what a row computes must not depend on the rows that another task drew before.
        CachedTransformer cached = loaded.newIsolatedGeneration();
        try {
            if (policyFile != null) {
                cached.enableCache(policy(policyFile));
            }
            return new PictureGenerator(cached, loaded::newIsolatedGeneration, new DigitsSampler(steps, captions));
        } catch (RuntimeException e) {
            cached.close();
            throw e;
        }
    }

    private static CachePolicy policy(Path file) {
        try {
            return PolicyCatalogue.load(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Generators that still draw go on; the last one to close releases the sessions. */
    @Override
    public void close() {
        loaded.close();
    }
}
