package dev.reprise.cache.part;

import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.parameter.PartType;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Function;

/**
 * Parts of somebody else for the catalogues: what it returns may be named in JSON, on the command line and in {@code reprise policies combined}
 * like any other part. Found by {@link ServiceLoader}: a {@code provides} in the module's declaration, or on the class path a file
 * {@code META-INF/services/dev.reprise.cache.part.PartProvider}.
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

    /**
     * Our parts of one kind, and behind them those of all providers.
     *
     * @throws InvalidPolicyException when two of them have one name
     */
    static <T> List<PartType<T>> all(List<PartType<T>> ours, Function<PartProvider, List<PartType<T>>> theirs) {
        return all(ours, ServiceLoader.load(PartProvider.class), theirs);
    }

    /** As above, of these providers. */
    static <T> List<PartType<T>> all(
            List<PartType<T>> ours,
            Iterable<PartProvider> providers,
            Function<PartProvider, List<PartType<T>>> theirs) {
        List<PartType<T>> all = new ArrayList<>(ours);
        for (PartProvider provider : providers) {
            for (PartType<T> type : theirs.apply(provider)) {
                if (all.stream().anyMatch(each -> each.id().equals(type.id()))) {
                    throw new InvalidPolicyException(provider.getClass().getName() + " has a part called " + type.id()
                            + ", and there is one of this name already");
                }
                all.add(type);
            }
        }
        return List.copyOf(all);
    }
}
