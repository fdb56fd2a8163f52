package dev.reprise.verify.report;

import dev.reprise.verify.api.GateReport;
import dev.reprise.verify.api.GateReport.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** A verification in Markdown, for a job's summary or a comment. */
public final class MarkdownReport {
    private MarkdownReport() {}

    public static String write(GateReport report) {
        StringBuilder text = new StringBuilder();
        text.append("## ")
                .append(report.passed() ? "✅ " : "❌ ")
                .append(escape(report.headline()))
                .append("\n\n");
        report.facts()
                .forEach((name, value) -> text.append("- ")
                        .append(escape(name))
                        .append(": ")
                        .append(escape(value))
                        .append('\n'));
        Set<String> figures = report.figures();
        boolean several =
                report.entries().stream().map(Entry::recording).distinct().count() > 1;
        List<String> head = new ArrayList<>(several ? List.of("recording") : List.of());
        head.addAll(List.of("policy", "verdict"));
        head.addAll(figures);
        text.append('\n').append(row(head));
        text.append(head.stream().map(column -> "---").collect(Collectors.joining("|", "|", "|\n")));
        for (Entry entry : report.entries()) {
            List<String> cells = new ArrayList<>(several ? List.of(entry.recording()) : List.of());
            cells.add(entry.policy());
            cells.add((entry.fails() ? "❌ " : "") + entry.verdict());
            figures.forEach(name -> cells.add(entry.figures().getOrDefault(name, "–")));
            text.append(row(cells));
        }
        for (Entry entry : report.entries()) {
            if (!entry.lines().isEmpty()) {
                text.append("\n**").append(escape(entry.policy())).append("**\n\n");
                entry.lines()
                        .forEach(line -> text.append("- ").append(escape(line)).append('\n'));
            }
        }
        return text.toString();
    }

    private static String row(List<String> cells) {
        return cells.stream().map(MarkdownReport::escape).collect(Collectors.joining(" | ", "| ", " |\n"));
    }

    /** Names come from models: none of them becomes markup. */
    static String escape(String text) {
        return text.replaceAll("\\p{Cntrl}+", " ")
                .replace("&", "&amp;")
                .replace("<", "&lt;")
                .replaceAll("([\\\\`*_\\[\\]|#~])", "\\\\$1");
    }
}
