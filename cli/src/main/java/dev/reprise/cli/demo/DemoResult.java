package dev.reprise.cli.demo;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cli.policies.PolicyChoice;
import dev.reprise.cli.report.GenerationReport;
import dev.reprise.cli.text.Json;
import dev.reprise.cli.text.Page;
import dev.reprise.cli.text.Table;
import dev.reprise.cli.text.Units;
import java.nio.file.Path;
import java.util.List;

/**
 * What the demo drew.
 *
 * @param report the page
 * @param picture the contact sheet
 * @param steps denoising steps of a generation
 * @param samples samples of each setting
 * @param lines one for each setting, the one without cache first
 */
record DemoResult(Path report, Path picture, int steps, int samples, List<Line> lines) {
    DemoResult {
        lines = List.copyOf(lines);
    }

    /** A setting and what came out. */
    record Line(PolicyChoice choice, GenerationReport report) {}

    /** {@code docs/schema/demo.schema.json}. */
    ObjectNode json() {
        ObjectNode json = Json.document();
        json.put("report", report.toString());
        json.put("picture", picture.toString());
        json.put("steps", steps);
        json.put("samples", samples);
        ArrayNode settings = json.putArray("settings");
        for (Line line : lines) {
            GenerationReport drawn = line.report();
            ObjectNode setting = settings.addObject();
            setting.set("configuration", line.choice().json());
            setting.put("family", drawn.family());
            setting.put("setting", drawn.setting());
            setting.put("computed_share", drawn.computedShare());
            setting.set("mean_step_ms", Json.millis(drawn.nanosPerStep()));
            setting.put("speedup", drawn.speedup());
            setting.set("psnr_db", Json.number(drawn.psnr()));
            setting.put("identical", Double.isInfinite(drawn.psnr()));
            setting.put("accuracy", drawn.accuracy());
            setting.put("cache_bytes", drawn.cacheBytes());
        }
        return json;
    }

    void print(Page out) {
        Table table =
                new Table("POLICY", "~SETTING", ">COMPUTED", ">MEAN STEP", ">SPEEDUP", ">PSNR", ">ACCURACY", ">CACHE");
        for (Line line : lines) {
            GenerationReport drawn = line.report();
            table.row(
                    drawn.family(),
                    drawn.setting(),
                    Units.percent(drawn.computedShare()),
                    Units.millis(drawn.nanosPerStep()),
                    Units.times(drawn.speedup()),
                    Units.decibel(drawn.psnr()),
                    Units.percent(drawn.accuracy()),
                    drawn.cacheBytes() == 0 ? "–" : Units.bytes(drawn.cacheBytes()));
        }
        table.print(out, "");
        out.println();
        out.println("Wrote " + report + " and " + picture + ".");
    }
}
