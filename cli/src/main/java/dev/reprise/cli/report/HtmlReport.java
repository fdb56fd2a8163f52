package dev.reprise.cli.report;

import dev.reprise.cli.text.Units;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The demo's page: trade-off chart, table, samples side by side, and what every policy did at every step. One file without
 * scripts or external resources: it opens from a mail, a CI artifact or a file server.
 */
public final class HtmlReport {
    /** Below this many dB a reader starts to see differences in samples of this size. */
    private static final double CLOSE_DECIBEL = 30;

    /** A gain below the noise of the measurement is none. */
    private static final double WORTH_TELLING = 1.03;

    private final String title;
    private final String introduction;
    private final Map<String, String> facts;
    private final GenerationReport uncached;
    private final List<GenerationReport> cached;
    private final StringBuilder page = new StringBuilder();

    private HtmlReport(
            String title,
            String introduction,
            Map<String, String> facts,
            GenerationReport uncached,
            List<GenerationReport> cached) {
        this.title = title;
        this.introduction = introduction;
        this.facts = facts;
        this.uncached = uncached;
        this.cached = cached;
    }

    /**
     * The whole page.
     *
     * @param facts what was run: name and value, in order
     */
    public static String write(
            String title,
            String introduction,
            Map<String, String> facts,
            GenerationReport uncached,
            List<GenerationReport> cached) {
        HtmlReport report = new HtmlReport(title, introduction, facts, uncached, cached);
        report.write();
        // A figure and its unit belong on one line.
        return report.page.toString().replace(" %<", "\u00a0%<").replace(" dB", "\u00a0dB");
    }

    private void write() {
        page.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>")
                .append(Markup.escape(title))
                .append("</title>\n<style>\n")
                .append(styleSheet())
                .append("</style>\n</head>\n<body>\n<main>\n");
        header();
        keyFigures();
        section("trade-off", "Speed against closeness");
        paragraph("Each point is one setting, each line one policy. Up is closer to the samples without cache, right is"
                + " faster. Hover over a point for its figures.");
        page.append("<div class=\"wide\">").append(TradeOffChart.draw(cached)).append("</div>\n</section>\n");
        table();
        gallery();
        maps();
        facts();
        page.append("</main>\n</body>\n</html>\n");
    }

    private void header() {
        page.append("<header>\n<p class=\"brand\">Reprise</p>\n<h1>")
                .append(Markup.escape(title))
                .append("</h1>\n<p class=\"lead\">")
                .append(Markup.escape(introduction))
                .append("</p>\n<nav><a href=\"#trade-off\">Trade-off</a><a href=\"#figures\">Figures</a>")
                .append("<a href=\"#samples\">Samples</a><a href=\"#maps\">What was computed</a>")
                .append("<a href=\"#run\">This run</a></nav>\n</header>\n");
    }

    private void keyFigures() {
        page.append("<div class=\"cards\">\n");
        fastest(CLOSE_DECIBEL + 5).ifPresent(best -> card("fastest above 35 dB", best));
        fastest(CLOSE_DECIBEL).ifPresent(best -> card("fastest above 30 dB", best));
        cached.stream()
                .filter(generation -> generation.accuracy() >= uncached.accuracy())
                .max(Comparator.comparingDouble(GenerationReport::speedup))
                .ifPresent(best -> card("fastest that keeps the classifier's accuracy", best));
        cached.stream()
                .filter(generation ->
                        generation.psnr() == Double.POSITIVE_INFINITY && generation.speedup() > WORTH_TELLING)
                .max(Comparator.comparingDouble(GenerationReport::speedup))
                .ifPresent(best -> card("without any loss", best));
        page.append("</div>\n");
    }

    private Optional<GenerationReport> fastest(double decibel) {
        return cached.stream()
                .filter(generation -> generation.psnr() >= decibel)
                .max(Comparator.comparingDouble(GenerationReport::speedup));
    }

    private void card(String caption, GenerationReport best) {
        page.append(Markup.format(
                "<div class=\"card\"><b>%s</b><span class=\"cap\">%s</span><span>%s</span><small>%s, accuracy %s</small></div>%n",
                Units.times(best.speedup()),
                Markup.escape(caption),
                Markup.escape(best.title()),
                best.psnr() == Double.POSITIVE_INFINITY ? "identical samples" : Units.decibel(best.psnr()),
                Units.percent(best.accuracy())));
    }

    private void section(String id, String heading) {
        page.append("<section id=\"")
                .append(id)
                .append("\">\n<h2>")
                .append(Markup.escape(heading))
                .append("</h2>\n");
    }

    private void paragraph(String text) {
        page.append("<p>").append(Markup.escape(text)).append("</p>\n");
    }

    private void table() {
        section("figures", "Figures");
        page.append("<div class=\"wide\"><table>\n<thead><tr><th>Policy</th><th>Setting</th><th>Computed</th>")
                .append("<th class=\"n\">ms / step</th><th class=\"n\">Speedup</th><th class=\"n\">PSNR</th>")
                .append("<th class=\"n\">Accuracy</th><th class=\"n\">Cache</th></tr></thead>\n<tbody>\n");
        row(uncached, "first");
        String before = uncached.family();
        for (GenerationReport generation : cached) {
            row(generation, generation.family().equals(before) ? "" : "first");
            before = generation.family();
        }
        page.append("</tbody></table></div>\n")
                .append(
                        "<p class=\"note\">Computed: share of the model’s multiply-adds. PSNR: peak signal-to-noise ratio to")
                .append(
                        " the samples without cache, peak 2. Accuracy: samples that the classifier recognises as the digit")
                .append(" that was asked for. Hover over a setting for its JSON.</p>\n</section>\n");
    }

    private void row(GenerationReport generation, String style) {
        boolean worse = generation.accuracy() < uncached.accuracy() - 1e-9;
        page.append(Markup.format(
                "<tr class=\"%s\"><td>%s</td><td title=\"%s\">%s</td>"
                        + "<td><span class=\"meter\"><i style=\"width:%.1f%%\"></i></span>%s</td>"
                        + "<td class=\"n\">%.2f</td><td class=\"n\"><b>%s</b></td><td class=\"n\">%s</td>"
                        + "<td class=\"n%s\">%s</td><td class=\"n\">%s</td></tr>%n",
                style,
                style.isEmpty() ? "" : Markup.escape(generation.family()),
                Markup.escape(generation.policy() + " " + generation.configuration()),
                Markup.escape(generation.setting().isEmpty() ? "–" : generation.setting()),
                100 * generation.computedShare(),
                Units.percent(generation.computedShare()),
                generation.nanosPerStep() / 1e6,
                Units.times(generation.speedup()),
                Units.decibel(generation.psnr()),
                worse ? " low" : "",
                Units.percent(generation.accuracy()),
                generation.cacheBytes() == 0 ? "–" : Units.bytes(generation.cacheBytes())));
    }

    private void gallery() {
        section("samples", "Samples");
        paragraph("The same noise and the same prompts in every line; the first line is what the model draws without a"
                + " cache.");
        page.append("<div class=\"wide\"><div class=\"gallery\">\n");
        strip(uncached);
        cached.forEach(this::strip);
        page.append("</div></div>\n</section>\n");
    }

    private void strip(GenerationReport generation) {
        GreyImage strip = ContactSheet.strip(generation);
        page.append(Markup.format(
                "<div class=\"what\"><b>%s</b><span>%s</span><small>%s · %s</small></div>"
                        + "<img src=\"%s\" width=\"%d\" height=\"%d\" alt=\"%s: the digits 0 to 9\">%n",
                Markup.escape(generation.family()),
                Markup.escape(generation.setting()),
                Units.times(generation.speedup()),
                Units.decibel(generation.psnr()),
                Png.dataUri(strip),
                strip.width(),
                strip.height(),
                Markup.escape(generation.title())));
    }

    private void maps() {
        section("maps", "What was computed at every step");
        paragraph(
                "Denoising steps from left to right, the model’s modules from top to bottom in the order in which they"
                        + " run. Hover over a cell for the decision and its reason.");
        page.append("<p class=\"legend\">");
        for (StepMap.State state : StepMap.State.values()) {
            page.append(Markup.format(
                    "<span><svg viewBox=\"0 0 14 14\"><rect class=\"%s\" x=\"1\" y=\"1\" width=\"12\" height=\"12\"/></svg>%s</span>",
                    StepMapSvg.style(state), state.words()));
        }
        // Every map refers to this pattern: hatching tells predicted from reused without colour.
        page.append("</p>\n<svg width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>")
                .append("<pattern id=\"hatch\" width=\"4\" height=\"4\" patternUnits=\"userSpaceOnUse\"")
                .append(" patternTransform=\"rotate(45)\"><rect class=\"hatch0\" width=\"4\" height=\"4\"/>")
                .append("<rect class=\"hatch1\" width=\"1.6\" height=\"4\"/></pattern>")
                .append("<pattern id=\"half\" width=\"4\" height=\"4\" patternUnits=\"userSpaceOnUse\">")
                .append("<rect class=\"half0\" width=\"4\" height=\"4\"/>")
                .append("<rect class=\"half1\" width=\"4\" height=\"2\"/></pattern></defs></svg>\n");
        Map<String, List<GenerationReport>> families = new LinkedHashMap<>();
        for (GenerationReport generation : cached) {
            if (generation.map().isAllComputed()) {
                continue;
            }
            families.computeIfAbsent(generation.family(), name -> new ArrayList<>())
                    .add(generation);
        }
        families.forEach((family, generations) -> {
            page.append("<h3>").append(Markup.escape(family)).append("</h3>\n<div class=\"maps\">\n");
            for (GenerationReport generation : generations) {
                page.append(Markup.format(
                        "<figure><figcaption>%s <small>computed %s</small></figcaption>%s</figure>%n",
                        Markup.escape(generation.setting().isEmpty() ? "every step" : generation.setting()),
                        Units.percent(generation.computedShare()),
                        StepMapSvg.draw(generation.map(), generation.title())));
            }
            page.append("</div>\n");
        });
        page.append("</section>\n");
    }

    private void facts() {
        section("run", "This run");
        page.append("<dl>\n");
        facts.forEach((name, value) -> page.append("<dt>")
                .append(Markup.escape(name))
                .append("</dt><dd>")
                .append(Markup.escape(value))
                .append("</dd>\n"));
        page.append("</dl>\n</section>\n");
    }

    private static String styleSheet() {
        try (InputStream in = HtmlReport.class.getResourceAsStream("report.css")) {
            if (in == null) {
                throw new IllegalStateException("report.css is missing beside " + HtmlReport.class.getName());
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("reading report.css", e);
        }
    }
}
