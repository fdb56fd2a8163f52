package dev.reprise.verify.report;

import dev.reprise.verify.api.GateReport;
import dev.reprise.verify.api.StepMap;
import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.TemplateOutput;
import gg.jte.output.StringOutput;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * A verification as a page: verdicts, errors per step, outputs side by side with their difference, step maps. One file without scripts
 * or external resources. What it looks like is in {@code src/main/jte}; the templates escape what they write.
 */
public final class HtmlPage {
    private HtmlPage() {}

    public static String write(GateReport report) {
        return render("gate.jte", Map.of("page", new GatePage(report, styleSheet())));
    }

    /** A step map as an {@code svg} element, for a page with {@link #styleSheet}. */
    public static String map(String title, StepMap map) {
        return render("map.jte", Map.of("title", title, "drawing", new StepMapDrawing(map)));
    }

    private static String render(String template, Map<String, Object> parameters) {
        TemplateEngine engine = TemplateEngine.createPrecompiled(
                null, ContentType.Html, HtmlPage.class.getClassLoader(), HtmlPage.class.getPackageName());
        TemplateOutput page = new StringOutput();
        engine.render(template, parameters, page);
        return page.toString();
    }

    /** What pages of reports look like. */
    public static String styleSheet() {
        try (InputStream in = HtmlPage.class.getResourceAsStream("report.css")) {
            if (in == null) {
                throw new IllegalStateException("report.css is missing beside " + HtmlPage.class.getName());
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("reading report.css", e);
        }
    }
}
