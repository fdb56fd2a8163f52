package dev.reprise.cli.verify;

import dev.reprise.cli.text.Table;
import dev.reprise.cli.text.Units;
import dev.reprise.cli.text.Wrap;
import java.io.PrintWriter;

/** A verification for people. */
final class VerificationText {
    private static final int MISMATCHES_SHOWN = 3;

    private VerificationText() {}

    static void print(Verification verification, PrintWriter out) {
        Table table = new Table("POLICY", "KIND", "STATUS", ">LARGEST ERROR", ">AT STEP", ">MISMATCHES", ">COMPUTED");
        for (ReplayResult result : verification.results()) {
            boolean ran = result.ran();
            String policy = result.replayed().policy();
            table.row(
                    result.name(),
                    policy.equals(result.name()) ? "" : policy,
                    result.status().word(),
                    ran ? Units.error(result.relativeError()) : "–",
                    ran ? Integer.toString(result.worstStep()) : "–",
                    ran ? Integer.toString(result.mismatches().size()) : "–",
                    ran ? Units.percent(result.computedShare()) : "–");
        }
        table.print(out, "");
        for (String difference : verification.attentionDifferences()) {
            Wrap.print(out, "", "note: " + difference + "; replayed as recorded");
        }
        verification.results().forEach(result -> details(result, out));
    }

    private static void details(ReplayResult result, PrintWriter out) {
        if (!result.ran()) {
            Wrap.print(out, "", result.described());
        }
        if (result.vacuous()) {
            Wrap.print(
                    out,
                    "",
                    result.name() + ": vacuous: it reused nothing, so it tests no more than the run without a policy;"
                            + " 'record' names a threshold that would reuse");
        }
        if (!result.unjudged().isEmpty()) {
            Wrap.print(
                    out,
                    "",
                    result.name() + ": not judged, because this model has no such modules: "
                            + String.join(", ", result.unjudged()));
        }
        int shown = Math.min(MISMATCHES_SHOWN, result.mismatches().size());
        for (String mismatch : result.mismatches().subList(0, shown)) {
            Wrap.print(out, "", result.name() + ": " + mismatch);
        }
        if (result.mismatches().size() > shown) {
            out.println(result.name() + ": and " + (result.mismatches().size() - shown) + " more");
        }
    }
}
