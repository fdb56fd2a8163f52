package dev.reprise.cli.verify;

import dev.reprise.cli.command.Failure;
import dev.reprise.cli.command.Version;
import dev.reprise.cli.report.GateReport;
import dev.reprise.cli.report.HtmlReport;
import dev.reprise.cli.report.JUnitReport;
import dev.reprise.cli.report.MarkdownReport;
import dev.reprise.cli.report.SarifReport;
import dev.reprise.graph.files.WholeFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
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

    /** Writes all that were asked for. Returns what could not be written, in words: a verdict is worth more than its report. */
    List<String> write(GateReport report) {
        List<String> problems = new ArrayList<>();
        write(junit, () -> JUnitReport.write(report), problems);
        write(sarif, () -> SarifReport.write(report, Version.text()), problems);
        write(markdown, () -> MarkdownReport.write(report), problems);
        write(html, () -> HtmlReport.write(report), problems);
        return problems;
    }

    private static void write(@Nullable Path file, Supplier<String> content, List<String> problems) {
        if (file == null) {
            return;
        }
        try {
            Path folder = file.toAbsolutePath().getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            WholeFile.write(file, content.get().getBytes(StandardCharsets.UTF_8));
        } catch (IOException | RuntimeException e) {
            problems.add("report " + file + " is not written: " + Failure.of(e).line());
        }
    }
}
