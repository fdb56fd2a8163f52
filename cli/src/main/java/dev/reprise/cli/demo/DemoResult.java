package dev.reprise.cli.demo;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cli.report.GenerationReport;
import dev.reprise.cli.text.Page;
import dev.reprise.cli.text.Table;
import dev.reprise.cli.text.Wrap;
import dev.reprise.verify.text.Json;
import dev.reprise.verify.text.Units;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * What the demo drew.
 *
 * @param report the page
 * @param picture the contact sheet
 * @param model the model's name
 * @param steps denoising steps of a generation
 * @param samples samples of each setting
 * @param settings one for each setting, the original model first
 */
record DemoResult(Path report, Path picture, String model, int steps, int samples, List<GenerationReport> settings) {
    DemoResult {
        settings = List.copyOf(settings);
    }

    /** {@code docs/schema/demo.schema.json}. */
    ObjectNode json() {
        ObjectNode json = Json.document();
        json.put("report", report.toString());
        json.put("picture", picture.toString());
        json.put("model", model);
        json.put("steps", steps);
        json.put("samples", samples);
        ArrayNode array = json.putArray("settings");
        for (GenerationReport drawn : settings) {
            ObjectNode setting = array.addObject();
            setting.set("configuration", drawn.choice().json());
            setting.put("family", drawn.family());
            setting.put("setting", drawn.setting());
            setting.put("computed_share", drawn.computedShare());
            setting.set("mean_step_ms", Json.millis(drawn.nanosPerStep()));
            setting.put("speedup", drawn.speedup().median());
            setting.put("speedup_low", drawn.speedup().low());
            setting.put("speedup_high", drawn.speedup().high());
            setting.set("psnr_db", Json.number(drawn.psnr()));
            setting.put("identical", Double.isInfinite(drawn.psnr()));
            setting.set("confidence", Json.number(drawn.confidence().orElse(Double.NaN)));
            setting.put("cache_bytes", drawn.cacheBytes());
        }
        return json;
    }

    void print(Page out) {
        Table table = new Table("POLICY", "~SETTING", ">COMPUTED", ">SPEEDUP", ">RANGE", ">PSNR", ">CACHE");
        for (GenerationReport drawn : settings) {
            boolean original = drawn.isOriginal();
            table.row(
                    drawn.family(),
                    drawn.setting(),
                    Units.percent(drawn.computedShare()),
                    original ? "" : Units.times(drawn.speedup().median()),
                    original
                            ? ""
                            : String.format(
                                    Locale.ROOT,
                                    "%.2f–%.2f",
                                    drawn.speedup().low(),
                                    drawn.speedup().high()),
                    original ? "" : Units.decibel(drawn.psnr()),
                    drawn.cacheBytes() == 0 ? "–" : Units.bytes(drawn.cacheBytes()));
        }
        table.print(out, "");
        out.println();
        Wrap.print(out, "", "Wrote " + report + " and " + picture + ".");
    }
}
