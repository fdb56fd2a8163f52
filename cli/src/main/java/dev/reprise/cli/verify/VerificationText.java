package dev.reprise.cli.verify;

import dev.reprise.cli.text.Page;
import dev.reprise.cli.text.Table;
import dev.reprise.cli.text.Wrap;
import dev.reprise.verify.api.Mismatch;
import dev.reprise.verify.api.OutputErrors;
import dev.reprise.verify.api.RecordingResult;
import dev.reprise.verify.api.ReplayResult;
import dev.reprise.verify.replay.ResultLines;
import dev.reprise.verify.text.Units;
import java.util.List;

/** A verification for people. */
final class VerificationText {
    private static final int MISMATCHES_SHOWN = 3;

    private VerificationText() {}

    static void print(List<RecordingResult> verifications, Page out) {
        String between = "";
        for (RecordingResult verification : verifications) {
            if (verifications.size() > 1) {
                out.println(between + verification.recording() + ":");
                between = System.lineSeparator();
            }
            print(verification, out);
        }
    }

    private static void print(RecordingResult verification, Page out) {
        Table table =
                new Table("~POLICY", "~?KIND", "VERDICT", ">LARGEST ERROR", ">AT STEP", ">MISMATCHES", ">COMPUTED");
        for (ReplayResult result : verification.results()) {
            OutputErrors errors = result.errors();
            String policy = result.replayed().policy();
            table.row(
                    result.name(),
                    policy.equals(result.name()) ? "" : policy,
                    verdict(result, out),
                    errors == null ? "–" : Units.error(errors.worst()),
                    errors == null ? "–" : Integer.toString(errors.worstStep()),
                    errors == null ? "–" : Integer.toString(result.mismatches().size()),
                    errors == null ? "–" : Units.percent(result.computedShare()));
        }
        table.print(out, "");
        for (String difference : verification.attentionDifferences()) {
            Wrap.print(out, "", "note: " + difference + "; replayed as recorded");
        }
        verification.results().forEach(result -> details(result, verification.tolerance(), out));
        verification.cause().lines().forEach(line -> Wrap.print(out, "", line));
    }

    private static String verdict(ReplayResult result, Page out) {
        String title = result.verdict().title();
        if (result.vacuous()) {
            return out.doubtful(title + ", vacuous");
        }
        return result.verdict().passes()
                ? out.good(title)
                : result.verdict().isRegression() ? out.bad(title) : out.doubtful(title);
    }

    private static void details(ReplayResult result, double tolerance, Page out) {
        if (!result.ran()) {
            Wrap.print(out, "", result.described());
            return;
        }
        List<String> decisions = Mismatch.lines(result.mismatches());
        for (String line :
                ResultLines.of(result, tolerance, decisions.subList(0, Math.min(MISMATCHES_SHOWN, decisions.size())))) {
            Wrap.print(out, "", result.name() + ": " + line);
        }
        if (decisions.size() > MISMATCHES_SHOWN) {
            out.println(result.name() + ": and " + (decisions.size() - MISMATCHES_SHOWN) + " more lines");
        }
    }
}
