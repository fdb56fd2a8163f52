package dev.reprise.cache.parameter;

import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.InvalidPolicyException;
import java.util.List;
import java.util.function.Function;

/**
 * A kind of policy, as the catalogue shows it.
 *
 * @param id name in recordings and on the command line: {@code first_block_cache}
 * @param aliases shorter names: {@code fbc}
 * @param summary one line
 * @param source where the idea is published
 * @param parameters in the order they are shown
 * @param factory makes a policy of checked values; throws {@link InvalidPolicyException} where values do not fit together
 */
public record PolicyType(
        String id,
        List<String> aliases,
        String summary,
        String source,
        List<Parameter<?>> parameters,
        Function<Parameters, CachePolicy> factory) {

    public PolicyType {
        aliases = List.copyOf(aliases);
        parameters = List.copyOf(parameters);
    }

    public PolicyBuilder builder() {
        return new PolicyBuilder(this);
    }
}
