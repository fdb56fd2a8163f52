package dev.reprise.benchmarks.frontier;

import com.fasterxml.jackson.databind.JsonNode;
import dev.reprise.graph.json.JsonFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Draws results of {@link Frontier}: a chart as SVG, and a table as Markdown on standard output.
 *
 * <pre>
 *   java dev.reprise.benchmarks.frontier.FrontierChart chart.svg results.json…
 * </pre>
 */
public final class FrontierChart {
    private static final int WIDTH = 760;
    private static final int HEIGHT = 420;
    private static final int LEFT = 50;
    private static final int TOP = 30;
    private static final int RIGHT = 560;
    private static final int FLOOR = 370;
    private static final double LOW = 15;
    private static final double HIGH = 60;
    private static final double MOST = 55;
    private static final double LEAST = 15;
    /** Readable on light and dark pages. */
    private static final List<String> COLOURS = List.of(
            "#d55e00",
            "currentColor",
            "#0072b2",
            "#009e73",
            "#cc79a7",
            "#e69f00",
            "#56b4e9",
            "#7f7f7f",
            "#a6761d",
            "#9467bd",
            "#bcbd22",
            "#17becf",
            "#e7298a",
            "#66a61e",
            "#8da0cb",
            "#fc8d62",
            "#b15928");

    private static final String STYLE =
            "<style>svg{color:#1f2328;background:#fff}text{fill:currentColor}.grid{stroke:#d0d7de}"
                    + "@media(prefers-color-scheme:dark){svg{color:#e6edf3;background:#0d1117}.grid{stroke:#30363d}}</style>";

    private FrontierChart() {}

    public static void main(String[] args) throws IOException {
        JsonNode results = JsonFile.mapper().createObjectNode();
        Map<String, List<JsonNode>> policies = new LinkedHashMap<>();
        for (String file : List.of(args).subList(1, args.length)) {
            results = JsonFile.mapper().readTree(Path.of(file).toFile());
            results.get("results")
                    .forEach(row -> policies.computeIfAbsent(row.get("policy").textValue(), name -> new ArrayList<>())
                            .add(row));
        }
        Map<String, List<JsonNode>> ranked = ranked(policies);
        Files.writeString(Path.of(args[0]), chart(results, ranked));
        System.out.print(table(ranked));
    }

    /** Policies that reach every budget first, and among them the best on average; each from many evaluations to few. */
    private static Map<String, List<JsonNode>> ranked(Map<String, List<JsonNode>> policies) {
        Map<String, List<JsonNode>> ranked = new LinkedHashMap<>();
        Comparator<Map.Entry<String, List<JsonNode>>> mostBudgets =
                Comparator.comparingInt(policy -> -policy.getValue().size());
        policies.entrySet().stream()
                .sorted(mostBudgets.thenComparingDouble(policy -> -mean(policy.getValue())))
                .forEach(policy -> ranked.put(
                        policy.getKey(),
                        policy.getValue().stream()
                                .sorted(Comparator.comparingInt(
                                        row -> -row.get("evaluations").intValue()))
                                .toList()));
        return ranked;
    }

    private static double mean(List<JsonNode> rows) {
        return rows.stream()
                .mapToDouble(row -> row.get("psnr_db").doubleValue())
                .average()
                .orElseThrow();
    }

    private static double x(JsonNode row) {
        double percent = 100 * row.get("computed_share").doubleValue();
        return LEFT + (percent - LEAST) / (MOST - LEAST) * (RIGHT - LEFT);
    }

    private static double y(double psnr) {
        return FLOOR - (Math.max(LOW, Math.min(HIGH, psnr)) - LOW) / (HIGH - LOW) * (FLOOR - TOP);
    }

    private static String chart(JsonNode results, Map<String, List<JsonNode>> policies) {
        StringBuilder svg = new StringBuilder();
        line(
                svg,
                "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' font-family='sans-serif' font-size='12'>",
                WIDTH,
                HEIGHT);
        line(svg, STYLE);
        line(
                svg,
                "<text x='%d' y='18'>%s model: PSNR to the images without a policy, dB; unseen images</text>",
                LEFT,
                results.get("model").textValue());
        for (double psnr = LOW; psnr <= HIGH; psnr += 5) {
            line(svg, "<path class='grid' d='M%d %.1fH%d'/>", LEFT, y(psnr), RIGHT);
            line(svg, "<text x='%d' y='%.1f' text-anchor='end'>%.0f</text>", LEFT - 6, y(psnr) + 4, psnr);
        }
        for (double percent = LEAST; percent <= MOST; percent += 10) {
            double x = LEFT + (percent - LEAST) / (MOST - LEAST) * (RIGHT - LEFT);
            line(svg, "<text x='%.1f' y='%d' text-anchor='middle'>%.0f %%</text>", x, FLOOR + 18, percent);
        }
        line(svg, "<text x='%d' y='%d'>computed share of all multiply-adds</text>", LEFT, FLOOR + 38);
        int index = 0;
        for (Map.Entry<String, List<JsonNode>> policy : policies.entrySet()) {
            String colour = COLOURS.get(index % COLOURS.size());
            StringBuilder path = new StringBuilder();
            for (JsonNode row : policy.getValue()) {
                double at = y(row.get("psnr_db").doubleValue());
                path.append(String.format(Locale.ROOT, "%s%.1f %.1f", path.length() == 0 ? "M" : "L", x(row), at));
                line(svg, "<circle cx='%.1f' cy='%.1f' r='3.5' fill='%s'/>", x(row), at, colour);
            }
            line(
                    svg,
                    "<path d='%s' fill='none' stroke='%s' stroke-width='%s'/>",
                    path,
                    colour,
                    index == 0 ? "3" : "1.5");
            double label = TOP + 8 + 18.0 * index;
            line(svg, "<circle cx='%d' cy='%.1f' r='4' fill='%s'/>", RIGHT + 16, label - 4, colour);
            line(svg, "<text x='%d' y='%.1f'>%s</text>", RIGHT + 26, label, policy.getKey());
            index++;
        }
        return svg.append("</svg>\n").toString();
    }

    private static void line(StringBuilder out, String format, Object... values) {
        out.append(String.format(Locale.ROOT, format, values)).append('\n');
    }

    /** A row per policy; a cell per budget: PSNR ± spread over images in dB, SSIM, computed share, speedup over no policy. */
    private static String table(Map<String, List<JsonNode>> policies) {
        List<Integer> budgets = policies.values().stream()
                .flatMap(List::stream)
                .map(row -> row.get("evaluations").intValue())
                .distinct()
                .sorted(Comparator.reverseOrder())
                .toList();
        StringBuilder table = new StringBuilder("| policy |");
        budgets.forEach(budget -> table.append(" ").append(budget).append(" evaluations |"));
        table.append("\n|---|").append("---|".repeat(budgets.size())).append('\n');
        policies.forEach((name, rows) -> {
            table.append("| ").append(name).append(" |");
            for (int budget : budgets) {
                table.append(rows.stream()
                        .filter(row -> row.get("evaluations").intValue() == budget)
                        .findFirst()
                        .map(FrontierChart::cell)
                        .orElse(" – |"));
            }
            table.append('\n');
        });
        return table.toString();
    }

    private static String cell(JsonNode row) {
        String quality = String.format(
                Locale.ROOT,
                " %.1f ± %.1f, %.3f, %.0f %%",
                row.get("psnr_db").doubleValue(),
                row.get("psnr_spread_db").doubleValue(),
                row.get("ssim").doubleValue(),
                100 * row.get("computed_share").doubleValue());
        // Left out of results that were measured on a busy machine.
        return row.has("speedup")
                ? quality
                        + String.format(
                                Locale.ROOT, ", %.1f× |", row.get("speedup").doubleValue())
                : quality + " |";
    }
}
