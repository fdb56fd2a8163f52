package dev.reprise.cache.reuse;

import dev.reprise.cache.DenoisingStep;
import dev.reprise.cache.parameter.TimestepRange;
import java.util.Collection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says when the timestep of a model runs from 1 to 0, while the ranges of a policy are on the scheduler's scale of 0 to 1000: no step
 * would be in range, and everything would be computed without a word.
 */
public final class TimestepScaleCheck {
    private static final Logger LOG = LoggerFactory.getLogger(TimestepScaleCheck.class);

    private TimestepScaleCheck() {}

    /** Whether the first step's timestep, the largest there is, lies below a range that no later one reaches either. */
    static boolean isOffScale(double first, Collection<TimestepRange> ranges) {
        return first > 0 && first <= 1 && !ranges.isEmpty() && ranges.stream().allMatch(range -> range.low() >= 1);
    }

    /** Looks at the first step of a generation. */
    public static void look(String policy, DenoisingStep step, Collection<AttentionSchedule> schedules) {
        if (step.index() != 0 || schedules.isEmpty()) {
            return;
        }
        double first = step.timestep();
        if (isOffScale(
                first, schedules.stream().map(AttentionSchedule::timesteps).toList())) {
            LOG.warn(
                    "{}: the timestep of the first step is {}, so that no step lies in {}: the model takes timesteps from 0 to 1. "
                            + "Declare it when the model is cut (--timestep NAME=1000), give the scheduler's own with "
                            + "Step.withTimestep, or ranges from 0 to 1",
                    policy,
                    first,
                    schedules.iterator().next().timesteps());
        }
    }
}
