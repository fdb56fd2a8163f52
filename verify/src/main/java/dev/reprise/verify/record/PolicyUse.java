package dev.reprise.verify.record;

import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.StepTrace;
import dev.reprise.verify.run.InputSource;
import dev.reprise.verify.run.PolicyChoice;
import dev.reprise.verify.text.Units;
import java.util.List;
import java.util.Optional;

/**
 * What a recorded policy did.
 *
 * @param choice the policy
 * @param steps steps of the generation
 * @param reusingSteps those in which something was reused or predicted
 * @param computedShare share of the multiply-adds that was computed
 * @param suggestion where nothing was reused: a threshold that would reuse in about half of the steps
 */
public record PolicyUse(
        PolicyChoice choice,
        int steps,
        int reusingSteps,
        double computedShare,
        Optional<ThresholdSearch.Found> suggestion) {

    static PolicyUse of(
            PolicyChoice choice,
            List<StepTrace> trace,
            double computedShare,
            InputSource source,
            CachedTransformer loaded) {
        int reusing = reusingSteps(trace);
        return new PolicyUse(
                choice,
                trace.size(),
                reusing,
                computedShare,
                reusing > 0 ? Optional.empty() : new ThresholdSearch(choice, source, loaded).find(trace));
    }

    /** Steps in which a policy reused or predicted anything. */
    public static int reusingSteps(List<StepTrace> trace) {
        return (int) trace.stream().filter(StepTrace::reused).count();
    }

    public boolean isVacuous() {
        return reusingSteps == 0;
    }

    /** Why its recording tests nothing, and what to do. */
    public String warning() {
        String problem = choice.title() + " reused nothing in " + Units.count(steps, "step")
                + ": its recording tests no more than the run without a policy";
        return suggestion
                .map(found -> problem + "; --set threshold=" + found.threshold() + " would reuse in "
                        + found.reusingSteps() + " of " + steps)
                .orElse(problem + "; 'reprise policies " + choice.type().id() + "' explains its parameters");
    }
}
