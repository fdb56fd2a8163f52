package dev.reprise.cache.policy;

import dev.reprise.cache.parameter.PolicyType;
import dev.reprise.cache.part.PartProvider;
import java.util.List;
import java.util.ServiceLoader;

/**
 * Policies of somebody else for the {@link PolicyCatalogue}: what it returns may be named in recordings, in JSON and on the command line
 * like any other policy. Found by {@link ServiceLoader}: a {@code provides} in the module's declaration, or on the class path a file
 * {@code META-INF/services/dev.reprise.cache.policy.PolicyProvider}. For the command such class paths come from {@code REPRISE_PLUGINS}.
 * An idea about <em>when</em>, <em>what</em> or <em>where</em> alone is a part, which a {@link PartProvider} has.
 */
public interface PolicyProvider {
    /** The policies. Their ids and aliases are lower case letters, digits and underscores, and no other policy has them. */
    List<PolicyType> policies();
}
