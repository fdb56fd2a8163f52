package dev.reprise.verify.replay;

import dev.reprise.verify.api.BudgetCheck;
import dev.reprise.verify.api.OutputErrors;
import dev.reprise.verify.api.ReplayResult;
import dev.reprise.verify.text.Units;
import java.util.ArrayList;
import java.util.List;

/** What there is to say about a replay, in words, most important first. */
public final class ResultLines {
    private ResultLines() {}

    /** @param decisions lines about decisions that differ */
    public static List<String> of(ReplayResult result, double tolerance, List<String> decisions) {
        List<String> lines = new ArrayList<>();
        OutputErrors errors = result.errors();
        if (errors == null) {
            return List.of(result.reason());
        }
        errors.firstAbove(tolerance)
                .ifPresent(step -> lines.add("left the tolerance of " + Units.error(tolerance) + " first at step "
                        + step + " (" + Units.error(errors.steps().get(step)) + ")"));
        lines.addAll(decisions);
        for (BudgetCheck check : result.budget()) {
            lines.add("budget " + check.outcome().word() + ": " + check.text());
        }
        if (result.vacuous()) {
            lines.add("vacuous: it reused nothing, so it tests no more than the run without a policy; 'record' names a"
                    + " threshold that would reuse");
        }
        if (!result.unjudged().isEmpty()) {
            lines.add("not judged, because this model has no such modules: " + String.join(", ", result.unjudged()));
        }
        return lines;
    }
}
