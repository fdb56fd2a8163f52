package dev.reprise.cli.verify;

import dev.reprise.verify.ReportFiles;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Files that a verification is written to besides the screen. A file that is there is replaced. */
final class ReportOptions {
    @Option(names = "--junit", paramLabel = "FILE", description = "Write JUnit's XML, which every CI shows as tests.")
    private @Nullable Path junit;

    @Option(names = "--sarif", paramLabel = "FILE", description = "Write SARIF 2.1.0, for code scanning.")
    private @Nullable Path sarif;

    @Option(
            names = "--markdown",
            paramLabel = "FILE",
            description = "Write Markdown: \"$$GITHUB_STEP_SUMMARY\" is a job's summary.")
    private @Nullable Path markdown;

    @Option(
            names = "--html",
            paramLabel = "FILE",
            description =
                    "Write a page: errors per step, outputs side by side with their difference, what was computed.")
    private @Nullable Path html;

    /** What was asked for. */
    ReportFiles files() {
        return new ReportFiles().junit(junit).sarif(sarif).markdown(markdown).html(html);
    }
}
