package dev.reprise.spring.boot;

import dev.reprise.spring.queue.GenerationQueue;
import dev.reprise.spring.web.GenerationProblems;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/** Refused generations as answers with status 503. */
@AutoConfiguration(after = RepriseAutoConfiguration.class)
@ConditionalOnWebApplication
@ConditionalOnClass({ProblemDetail.class, RestControllerAdvice.class})
@ConditionalOnBean(GenerationQueue.class)
public final class RepriseWebAutoConfiguration {
    RepriseWebAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingBean
    GenerationProblems repriseGenerationProblems() {
        return new GenerationProblems();
    }
}
