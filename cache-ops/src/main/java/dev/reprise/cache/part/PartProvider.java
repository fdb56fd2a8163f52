package dev.reprise.cache.part;

import dev.reprise.cache.parameter.PartType;
import java.util.List;
import java.util.ServiceLoader;

/**
 * Parts of somebody else for the catalogues: what it returns may be named in JSON, on the command line and in {@code reprise policies combined}
 * like any other part. Found by {@link ServiceLoader}: a {@code provides} in the module's declaration, or on the class path a file
 * {@code META-INF/services/dev.reprise.cache.part.PartProvider}. Ids are lower case letters, digits and underscores. Whole policies come
 * from a {@code dev.reprise.cache.policy.PolicyProvider}.
 */
public interface PartProvider {
    default List<PartType<Indicator>> indicators() {
        return List.of();
    }

    default List<PartType<Forecasting>> forecasts() {
        return List.of();
    }

    default List<PartType<Span>> spans() {
        return List.of();
    }
}
