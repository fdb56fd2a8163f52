package dev.reprise.spring.boot;

import dev.reprise.runtime.CachedTransformer;
import dev.reprise.spring.ai.RepriseImageModel;
import dev.reprise.spring.queue.GenerationQueue;
import org.springframework.ai.image.ImageModel;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;

/**
 * The queue as Spring AI's {@link ImageModel}, where {@code spring.ai.model.image}, which chooses among several, is {@code reprise} or not
 * set.
 */
@AutoConfiguration(after = RepriseAutoConfiguration.class)
@ConditionalOnClass(ImageModel.class)
@ConditionalOnBean(GenerationQueue.class)
@ConditionalOnProperty(name = "spring.ai.model.image", havingValue = "reprise", matchIfMissing = true)
public final class RepriseImageModelAutoConfiguration {
    RepriseImageModelAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingBean
    RepriseImageModel repriseImageModel(GenerationQueue queue, CachedTransformer model) {
        return new RepriseImageModel(queue, String.valueOf(model.bundle().getFileName()));
    }
}
