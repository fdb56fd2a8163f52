package dev.reprise.verify.report;

import dev.reprise.verify.api.GateReport;
import dev.reprise.verify.api.GateReport.Entry;
import java.util.List;
import java.util.Map;

/** A verification as commands to GitHub Actions, which shows them beside the job and the change. */
public final class GithubAnnotations {
    /** GitHub shows ten of a kind for each step. */
    private static final int MOST = 10;

    private GithubAnnotations() {}

    /** A line for each replay that failed, in a job of GitHub Actions; none elsewhere. */
    public static List<String> lines(GateReport report, Map<String, String> environment) {
        if (!"true".equals(environment.get("GITHUB_ACTIONS"))) {
            return List.of();
        }
        return report.entries().stream()
                .filter(Entry::fails)
                .limit(MOST)
                .map(entry -> "::error title=" + property("reprise verify: " + entry.policy() + " " + entry.verdict())
                        + "::" + data(String.join("\n", entry.lines())))
                .toList();
    }

    private static String data(String text) {
        return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A");
    }

    private static String property(String text) {
        return data(text).replace(":", "%3A").replace(",", "%2C");
    }
}
