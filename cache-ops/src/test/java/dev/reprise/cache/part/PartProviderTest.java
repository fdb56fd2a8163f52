package dev.reprise.cache.part;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.forecast.Forecastings;
import dev.reprise.cache.indicator.Indicators;
import dev.reprise.cache.parameter.PartType;
import dev.reprise.cache.parameter.PolicyBuilder;
import dev.reprise.cache.policy.Combined;
import dev.reprise.cache.span.Spans;
import org.junit.jupiter.api.Test;

class PartProviderTest {
    @Test
    void itsPartsAreInTheCataloguesAndHaveNames() {
        assertThat(Indicators.all())
                .extracting(PartType::id)
                .startsWith("interval")
                .endsWith("every_other");
        assertThat(Forecastings.all()).extracting(PartType::id).endsWith("as_it_was");
        assertThat(Spans.all()).extracting(PartType::id).endsWith("everything");
        PolicyBuilder policy = Combined.builder()
                .set("when=every_other:first=1")
                .set("what=as_it_was")
                .set("where=everything");
        assertThat(policy.given()).containsEntry("what", "as_it_was").containsEntry("where", "everything");
        assertThat(policy.build().id()).isEqualTo("combined");
        assertThatThrownBy(() -> policy.set("when=every_other:first=-1"))
                .isInstanceOf(InvalidPolicyException.class)
                .hasMessage("every_other: first must be an integer ≥ 0, was -1");
    }
}
