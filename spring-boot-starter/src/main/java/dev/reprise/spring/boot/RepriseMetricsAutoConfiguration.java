package dev.reprise.spring.boot;

import dev.reprise.cache.CachePolicy;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.monitor.StepMetrics;
import dev.reprise.spring.monitor.GenerationMetrics;
import dev.reprise.spring.queue.GenerationQueue;
import dev.reprise.spring.queue.GenerationWatcher;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Steps and generations in the application's meter registry, with the model's name as a tag. */
@AutoConfiguration(
        after = RepriseAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration",
            "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration"
        })
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean({MeterRegistry.class, CachedTransformer.class})
public final class RepriseMetricsAutoConfiguration {
    RepriseMetricsAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingBean
    StepMetrics repriseStepMetrics(MeterRegistry registry, CachedTransformer model) {
        return StepMetrics.in(registry, "model", name(model));
    }

    @Bean
    GenerationWatcher repriseStepMetricsWatcher(StepMetrics metrics, CachePolicy policy) {
        return generation -> metrics.watch(generation, "policy", policy.id());
    }

    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnBean(GenerationQueue.class)
    GenerationMetrics repriseGenerationMetrics(GenerationQueue queue, CachedTransformer model) {
        return new GenerationMetrics(queue, "model", name(model));
    }

    private static String name(CachedTransformer model) {
        return String.valueOf(model.bundle().getFileName());
    }
}
