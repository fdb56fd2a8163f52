package dev.reprise.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.cache.Decision;
import dev.reprise.cache.policy.DiCache;
import dev.reprise.runtime.api.StepTrace;
import dev.reprise.runtime.api.TracedDecision;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The contract for all policies of the catalogue that {@link PolicySupport} says work on a model. New ones are found by themselves. */
class PolicyContractTest extends PolicyContract {
    @Override
    protected List<PolicySettings> policies(String model) {
        return PolicySupport.expected(model);
    }

    /** A probe that misses costs its comparison and nothing else: the step goes on from it. */
    @Test
    void aMissOfDiCacheRunsWhatRunsWithoutAPolicy() {
        CachedTransformer transformer = open("dit/torchscript", EXACT);
        run(transformer, Inputs.CHANGING);
        List<StepTrace> plain = transformer.trace();
        transformer.resetCache();
        transformer.enableCache(DiCache.builder()
                .set("threshold=1e-30")
                .set("probe_depth=2")
                .set("warmup_steps=0")
                .build());
        run(transformer, Inputs.CHANGING);
        List<StepTrace> missed = transformer.trace();
        assertThat(missed.get(2).decisions().get(0).reason().code()).isEqualTo("ACCUMULATED");
        assertThat(missed)
                .flatExtracting(StepTrace::decisions)
                .extracting(TracedDecision::decision)
                .containsOnly(Decision.COMPUTE);
        assertThat(missed)
                .extracting(StepTrace::segmentsRun)
                .isEqualTo(plain.stream().map(StepTrace::segmentsRun).toList());
        // A segment that ran twice would count twice.
        assertThat(missed)
                .extracting(StepTrace::multiplyAdds)
                .isEqualTo(plain.stream().map(StepTrace::multiplyAdds).toList());
    }
}
