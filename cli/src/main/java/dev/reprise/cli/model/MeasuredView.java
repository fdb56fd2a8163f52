package dev.reprise.cli.model;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cli.text.Table;
import dev.reprise.graph.bundle.MeasuredRewrite;
import dev.reprise.graph.bundle.RewriteMeasurements;
import dev.reprise.verify.text.Json;
import java.util.Locale;

/** What rewrites gained where a bundle was made, for people and for programs. */
public final class MeasuredView {
    private MeasuredView() {}

    /** {@code 3 kept, 1 left out, measured on cpu with generated inputs}. */
    public static String text(RewriteMeasurements measured) {
        long kept = measured.rewrites().stream().filter(MeasuredRewrite::kept).count();
        return kept + " kept, " + (measured.rewrites().size() - kept) + " left out, measured on " + measured.provider()
                + " with " + measured.inputs();
    }

    /** A row for each rewrite on each kind of segment. */
    public static Table table(RewriteMeasurements measured) {
        Table table = new Table("REWRITE", "~SEGMENT", ">LIKE IT", ">ROUNDS", ">TIME", "");
        for (MeasuredRewrite rewrite : measured.rewrites()) {
            table.row(
                    rewrite.rewrite(),
                    rewrite.segment(),
                    Integer.toString(rewrite.segments()),
                    Integer.toString(rewrite.rounds()),
                    String.format(Locale.ROOT, "%.2f", rewrite.ratio()),
                    rewrite.kept() ? "kept" : "left out");
        }
        return table;
    }

    /** As {@code docs/schema/optimize.schema.json} and {@code inspect.schema.json} have it. */
    public static ObjectNode json(RewriteMeasurements measured) {
        ObjectNode json = Json.object();
        json.put("provider", measured.provider());
        json.put("threads", measured.threads());
        json.put("inputs", measured.inputs());
        ArrayNode rewrites = json.putArray("rewrites");
        for (MeasuredRewrite rewrite : measured.rewrites()) {
            rewrites.addObject()
                    .put("rewrite", rewrite.rewrite())
                    .put("segment", rewrite.segment())
                    .put("segments", rewrite.segments())
                    .put("ratio", rewrite.ratio())
                    .put("rounds", rewrite.rounds())
                    .put("kept", rewrite.kept());
        }
        return json;
    }
}
