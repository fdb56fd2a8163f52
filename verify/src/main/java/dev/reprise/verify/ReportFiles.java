package dev.reprise.verify;

import dev.reprise.graph.files.FileProblem;
import dev.reprise.graph.files.WholeFile;
import dev.reprise.verify.api.GateReport;
import dev.reprise.verify.report.HtmlPage;
import dev.reprise.verify.report.JUnitReport;
import dev.reprise.verify.report.MarkdownReport;
import dev.reprise.verify.report.SarifReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Files that a verification is written to. A file that is there is replaced. */
public final class ReportFiles {
    private @Nullable Path junit;
    private @Nullable Path sarif;
    private @Nullable Path markdown;
    private @Nullable Path html;

    /** None yet. */
    public ReportFiles() {}

    /** JUnit's XML, which every CI shows as tests. Null for none. */
    public ReportFiles junit(@Nullable Path file) {
        junit = file;
        return this;
    }

    /** SARIF 2.1.0, for code scanning. Null for none. */
    public ReportFiles sarif(@Nullable Path file) {
        sarif = file;
        return this;
    }

    /** Markdown, for a job's summary. Null for none. */
    public ReportFiles markdown(@Nullable Path file) {
        markdown = file;
        return this;
    }

    /** A page. Null for none. */
    public ReportFiles html(@Nullable Path file) {
        html = file;
        return this;
    }

    /**
     * Writes all that were asked for.
     *
     * @param version of this program
     * @return what could not be written, in words: a verdict is worth more than its report
     */
    public List<String> write(GateReport report, String version) {
        List<String> problems = new ArrayList<>();
        write(junit, () -> JUnitReport.write(report), problems);
        write(sarif, () -> SarifReport.write(report, version), problems);
        write(markdown, () -> MarkdownReport.write(report), problems);
        write(html, () -> HtmlPage.write(report), problems);
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
            problems.add("report " + file + " is not written: " + describe(e));
        }
    }

    static String describe(Exception thrown) {
        Throwable cause = thrown instanceof UncheckedIOException io ? io.getCause() : thrown;
        if (cause instanceof FileSystemException file) {
            return FileProblem.describe(file);
        }
        return thrown.getMessage() == null ? thrown.getClass().getSimpleName() : thrown.getMessage();
    }
}
