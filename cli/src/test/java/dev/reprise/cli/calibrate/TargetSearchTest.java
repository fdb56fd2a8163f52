package dev.reprise.cli.calibrate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.cli.calibrate.TargetSearch.Suggestion;
import dev.reprise.cli.measure.Workload;
import dev.reprise.verify.run.PolicyChoice;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TargetSearchTest {
    /** 40 steps; a threshold of t skips as many as fit, 10 % of a skipped step remains; the clock adds a fixed cost per step. */
    private record Model(double cost) implements Workload {
        @Override
        public Outcome run(PolicyChoice choice) {
            return new Outcome(share(choice), 60 - 10 * threshold(choice));
        }

        @Override
        public double speedup(PolicyChoice choice) {
            return (1 + cost) / (share(choice) + cost);
        }

        private static double share(PolicyChoice choice) {
            double skipped = Math.min(39, Math.floor(threshold(choice) * 10));
            return (40 - 0.9 * skipped) / 40;
        }

        private static double threshold(PolicyChoice choice) {
            return choice.parameters().path("threshold").asDouble();
        }
    }

    private static final TunedParameter THRESHOLD = TunedParameter.all(new Calibration(40, Map.of())).stream()
            .filter(parameter -> parameter.policy().equals("first_block_cache"))
            .findFirst()
            .orElseThrow();

    @Test
    void findsTheThresholdOfASpeedup() {
        for (double target : new double[] {1.1, 1.5, 2.0, 4.0}) {
            Suggestion found = new TargetSearch(new Model(0), THRESHOLD).speedup(target, false);

            assertThat(found.predictedSpeedup() / target).isBetween(0.95, 1.05);
            assertThat(found.measuredSpeedup()).isNaN();
        }
    }

    @Test
    void correctsThePredictionByTheClock() {
        Suggestion found = new TargetSearch(new Model(0.2), THRESHOLD).speedup(2, true);

        assertThat(found.measuredSpeedup()).isBetween(1.9, 2.1);
        assertThat(found.predictedSpeedup()).isGreaterThan(2.2);
    }

    @Test
    void findsTheMostAggressiveThresholdOfAQuality() {
        Suggestion found = new TargetSearch(new Model(0), THRESHOLD).psnr(40, false);

        assertThat(found).isNotNull();
        assertThat(found.outcome().psnr()).isBetween(40.0, 40.1);
    }

    @Test
    void admitsThatAQualityCannotBeReached() {
        assertThat(new TargetSearch(new Model(0), THRESHOLD).psnr(61, false)).isNull();
    }

    @Test
    void spreadsTheComputedStepsOfAMask() {
        assertThat(TunedParameter.mask(8, 4)).isEqualTo("10101010");
        assertThat(TunedParameter.mask(8, 8)).isEqualTo("11111111");
        assertThat(TunedParameter.mask(7, 3))
                .hasSize(7)
                .startsWith("1")
                .matches(mask -> mask.replace("0", "").length() == 3);
        assertThat(List.of(TunedParameter.mask(5, 1))).containsExactly("10000");
    }
}
