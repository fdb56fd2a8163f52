package dev.reprise.cache.policy;

import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.parameter.ForecastKind;
import dev.reprise.cache.parameter.Parameter;
import dev.reprise.cache.parameter.Parameters;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.parameter.PolicyType;
import java.util.List;

/**
 * FoCa as in cache-dit: {@link DualBlockCache} whose forecast of what the middle adds is Heun's rule over computed and forecast residuals.
 *
 * <p>Source: https://arxiv.org/abs/2508.16211, https://github.com/vipshop/cache-dit.
 */
public final class FoCa {
    private static final List<Parameter<?>> PARAMETERS = DualBlockCache.TYPE.parameters().stream()
            .filter(each -> !List.of("forecast", "max_order").contains(each.name()))
            .toList();

    public static final PolicyType TYPE = new PolicyType(
            "foca",
            List.of(),
            "Run the front blocks; forecast what the others add by Heun's rule while the front hardly changes",
            "https://arxiv.org/abs/2508.16211",
            PARAMETERS,
            FoCa::policy);

    private FoCa() {}

    public static PolicyBuilder builder() {
        return TYPE.builder();
    }

    private static CachePolicy policy(Parameters values) {
        PolicyBuilder dual = DualBlockCache.builder()
                .set(DualBlockCache.FORECAST, ForecastKind.FOCA)
                .copy(PARAMETERS, values);
        return DualBlockCache.named(TYPE.id(), dual.parameters());
    }
}
