package dev.reprise.cli.report;

import dev.reprise.verify.report.HtmlPage;
import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.TemplateOutput;
import gg.jte.output.StringOutput;
import java.util.List;
import java.util.Optional;

/**
 * The demo's page: trade-off chart, table, samples side by side, and what every policy did at every step. One file without
 * scripts or external resources: it opens from a mail, a CI artifact or a file server. What it looks like is in
 * {@code src/main/jte}; the templates escape what they write.
 */
public final class HtmlReport {
    private HtmlReport() {}

    /** The whole page. */
    public static String write(ReportText text, GenerationReport original, List<GenerationReport> cached) {
        return render("report.jte", new ReportPage(text, HtmlPage.styleSheet(), original, cached));
    }

    /** The setting that the page says to use; empty where none is faster and close. */
    public static Optional<GenerationReport> recommended(List<GenerationReport> cached) {
        return ReportPage.recommended(cached);
    }

    /** Writes a model with its template. */
    static String render(String template, Object model) {
        TemplateEngine engine =
                TemplateEngine.createPrecompiled(null, ContentType.Html, null, HtmlReport.class.getPackageName());
        TemplateOutput page = new StringOutput();
        engine.render(template, model, page);
        return page.toString();
    }
}
