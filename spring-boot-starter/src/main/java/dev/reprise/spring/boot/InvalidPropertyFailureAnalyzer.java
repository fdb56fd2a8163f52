package dev.reprise.spring.boot;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/** Says in one message which property keeps the application from starting, and where it stands. */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class InvalidPropertyFailureAnalyzer extends AbstractFailureAnalyzer<InvalidPropertyException> {
    private final Environment environment;

    InvalidPropertyFailureAnalyzer(Environment environment) {
        this.environment = environment;
    }

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, InvalidPropertyException cause) {
        return new FailureAnalysis(String.valueOf(cause.getMessage()), action(cause), cause);
    }

    private String action(InvalidPropertyException cause) {
        ConfigurationPropertyName name = ConfigurationPropertyName.of(cause.property());
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            @Nullable ConfigurationProperty found = source.getConfigurationProperty(name);
            if (found != null) {
                return "Change the property " + cause.property() + ", which is \"" + found.getValue() + "\""
                        + (found.getOrigin() == null ? "" : ", from " + found.getOrigin()) + ".";
            }
        }
        return "Set the property " + cause.property() + ".";
    }
}
