package dev.reprise.spring.boot;

import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.ort.provider.ProviderUnavailableException;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.spring.ImageGenerator;
import dev.reprise.spring.queue.GenerationQueue;
import dev.reprise.spring.queue.GenerationWatcher;
import dev.reprise.spring.queue.Generations;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * A model from {@code reprise.bundle} with its policy, and the queue that draws with it where the application has an {@link
 * ImageGenerator}. Beans of the application with the same types come first.
 */
@AutoConfiguration
@ConditionalOnBooleanProperty(name = "reprise.enabled", matchIfMissing = true)
@EnableConfigurationProperties(RepriseProperties.class)
public final class RepriseAutoConfiguration {
    static final String BUNDLE = "reprise.bundle";
    private final RepriseProperties properties;

    RepriseAutoConfiguration(RepriseProperties properties) {
        this.properties = properties;
    }

    @Bean
    @ConditionalOnMissingBean
    SessionSettings repriseSessionSettings() {
        return properties.settings();
    }

    @Bean
    @ConditionalOnMissingBean
    CachePolicy reprisePolicy() {
        return ConfiguredPolicy.of(properties);
    }

    @Bean
    @ConditionalOnMissingBean
    CachedTransformer repriseModel(SessionSettings settings) {
        @Nullable Path bundle = properties.bundle();
        if (bundle == null) {
            throw new InvalidPropertyException(
                    BUNDLE, "must name the folder of a bundle, as 'reprise optimize' writes it; was not set");
        }
        if (!Files.isDirectory(bundle)) {
            throw new InvalidPropertyException(
                    BUNDLE,
                    "must name the folder of a bundle, as 'reprise optimize' writes it; there is none at " + bundle);
        }
        try {
            return CachedTransformer.open(bundle, settings);
        } catch (InvalidModelException e) {
            throw new InvalidPropertyException(BUNDLE, "cannot be loaded: " + e.getMessage(), e);
        } catch (ProviderUnavailableException e) {
            throw new InvalidPropertyException("reprise.provider", "cannot be used: " + e.getMessage(), e);
        }
    }

    /** Opens one generation and closes it: what cannot work is said when the application starts, also where it draws no images. */
    @Bean
    @ConditionalOnMissingBean
    Generations repriseGenerations(
            CachedTransformer model, CachePolicy policy, ObjectProvider<GenerationWatcher> watchers) {
        Generations generations = new Generations(
                model,
                policy,
                properties.shareResults(),
                watchers.orderedStream().toList());
        try {
            generations.open().close();
        } catch (UnsupportedPolicyException | IllegalArgumentException e) {
            throw new InvalidPropertyException(
                    ConfiguredPolicy.property(properties), "cannot be used on this model: " + e.getMessage(), e);
        }
        return generations;
    }

    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnBean(ImageGenerator.class)
    GenerationQueue repriseQueue(Generations generations, ImageGenerator generator) {
        try {
            return new GenerationQueue(properties.service().settings(), generations, generator);
        } catch (InvalidModelException e) {
            throw new InvalidPropertyException(
                    BUNDLE, "must name a bundle that the application can draw with: " + e.getMessage(), e);
        }
    }

    @Bean
    @ConditionalOnBean(GenerationQueue.class)
    QueueLifecycle repriseQueueLifecycle(GenerationQueue queue) {
        return new QueueLifecycle(queue);
    }
}
