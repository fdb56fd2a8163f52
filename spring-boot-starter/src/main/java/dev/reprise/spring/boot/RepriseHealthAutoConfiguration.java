package dev.reprise.spring.boot;

import dev.reprise.runtime.CachedTransformer;
import dev.reprise.spring.monitor.ModelHealthIndicator;
import dev.reprise.spring.queue.GenerationQueue;
import dev.reprise.spring.queue.Generations;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/** The component {@code reprise} of the health endpoint; {@code management.health.reprise.enabled} takes it away. */
@AutoConfiguration(after = RepriseAutoConfiguration.class)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean(Generations.class)
@ConditionalOnEnabledHealthIndicator("reprise")
public final class RepriseHealthAutoConfiguration {
    RepriseHealthAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingBean(name = "repriseHealthIndicator")
    ModelHealthIndicator repriseHealthIndicator(
            CachedTransformer model, Generations generations, ObjectProvider<GenerationQueue> queue) {
        return new ModelHealthIndicator(model, generations.policy(), queue.getIfAvailable());
    }
}
