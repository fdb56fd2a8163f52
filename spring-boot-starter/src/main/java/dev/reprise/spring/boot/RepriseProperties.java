package dev.reprise.spring.boot;

import dev.reprise.ort.provider.ExecutionProvider;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.spring.queue.QueueSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Properties of the model and its service. One that does not exist keeps the application from starting, as does a value that cannot be.
 *
 * @param enabled Whether a model is loaded at all.
 * @param bundle Folder of the model, as 'reprise optimize' writes it.
 * @param policy Name of the policy that decides what is computed and what is reused: first_block_cache.
 * @param policyParameters Parameters of the policy, by name: threshold, spatial-attention-block-skip-range.
 * @param policyConfig File with a policy and its parameters, as 'reprise tune' and 'reprise freeze' write it. In place of reprise.policy.
 * @param provider What the model runs on: cpu, cuda, cuda:1, tensorrt, webgpu, or the path of a provider's library.
 * @param threads Threads of one operator on the CPU, 0 for one per core. Generations that run at once share them.
 * @param weightsInMemory Whether weights are read into memory, rather than mapped from their files.
 * @param cacheBudget The most that one generation may keep from step to step. No limit by default.
 * @param sharedCacheBudget The most that all generations may share. By default a tenth of the weights, from 16 to 256 MB.
 * @param shareResults Whether generations share what depends on the prompt or the timestep alone. Without, nobody learns from the time of
 *     a step that somebody else had the same prompt.
 * @param service How much is drawn at once.
 */
@ConfigurationProperties(prefix = RepriseProperties.PREFIX, ignoreUnknownFields = false)
public record RepriseProperties(
        @DefaultValue("true") boolean enabled,
        @Nullable Path bundle,
        @Nullable String policy,
        @DefaultValue Map<String, String> policyParameters,
        @Nullable Path policyConfig,
        @DefaultValue("cpu") String provider,
        @DefaultValue("0") int threads,
        @DefaultValue("false") boolean weightsInMemory,
        @Nullable DataSize cacheBudget,
        @Nullable DataSize sharedCacheBudget,
        @DefaultValue("true") boolean shareResults,
        @DefaultValue Service service) {

    static final String PREFIX = "reprise";

    public RepriseProperties {
        policyParameters = Map.copyOf(policyParameters);
        require(threads >= 0, "reprise.threads", "must be 0 or more, was " + threads);
        requireNotNegative("reprise.cache-budget", cacheBudget);
        requireNotNegative("reprise.shared-cache-budget", sharedCacheBudget);
    }

    /**
     * How much is drawn at once.
     *
     * @param maxConcurrent Generations that run at once. More than one seldom gains anything on a CPU, as they share its cores.
     * @param queueCapacity Generations that wait besides. One more is refused with status 503.
     * @param queueTimeout How long a generation waits at most before it is refused with status 503.
     * @param shutdownTimeout How long running generations may go on when the application stops. Then they are cancelled.
     */
    public record Service(
            @DefaultValue("1") int maxConcurrent,
            @DefaultValue("16") int queueCapacity,
            @DefaultValue("60s") Duration queueTimeout,
            @DefaultValue("30s") Duration shutdownTimeout) {

        public Service {
            require(maxConcurrent >= 1, "reprise.service.max-concurrent", "must be 1 or more, was " + maxConcurrent);
            require(queueCapacity >= 0, "reprise.service.queue-capacity", "must be 0 or more, was " + queueCapacity);
            require(
                    queueTimeout.toNanos() > 0,
                    "reprise.service.queue-timeout",
                    "must be above 0, was " + queueTimeout.toMillis() + " ms");
            require(
                    !shutdownTimeout.isNegative(),
                    "reprise.service.shutdown-timeout",
                    "must be 0 or more, was " + shutdownTimeout.toMillis() + " ms");
        }

        QueueSettings settings() {
            return new QueueSettings(maxConcurrent, queueCapacity, queueTimeout, shutdownTimeout);
        }
    }

    SessionSettings settings() {
        SessionSettings settings;
        try {
            settings = SessionSettings.on(ExecutionProvider.parse(provider)).withThreads(threads);
        } catch (IllegalArgumentException e) {
            throw new InvalidPropertyException("reprise.provider", "cannot be used: " + e.getMessage(), e);
        }
        if (weightsInMemory) {
            settings = settings.withWeightsInMemory();
        }
        if (cacheBudget != null) {
            settings = settings.withCacheBudget(cacheBudget.toBytes());
        }
        if (sharedCacheBudget != null) {
            settings = settings.withSharedCacheBudget(sharedCacheBudget.toBytes());
        }
        return settings;
    }

    private static void requireNotNegative(String property, @Nullable DataSize size) {
        require(size == null || !size.isNegative(), property, "must be 0 bytes or more, was " + size);
    }

    private static void require(boolean holds, String property, String problem) {
        if (!holds) {
            throw new InvalidPropertyException(property, problem);
        }
    }
}
