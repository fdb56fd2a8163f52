package dev.reprise.cli.demo;

import dev.reprise.cli.command.Version;
import dev.reprise.cli.measure.Machine;
import dev.reprise.cli.model.NewFolder;
import dev.reprise.cli.report.ContactSheet;
import dev.reprise.cli.report.GenerationReport;
import dev.reprise.cli.report.HtmlReport;
import dev.reprise.cli.report.LabelFont;
import dev.reprise.cli.report.ReportText;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Segment;
import dev.reprise.ort.Installation;
import dev.reprise.verify.report.Png;
import dev.reprise.verify.text.Json;
import dev.reprise.verify.text.Units;
import java.awt.Font;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The files of the demo: a page, a contact sheet, and the configuration of the setting to use. */
final class DemoFiles {
    static final String REPORT = "report.html";
    static final String PICTURE = "samples.png";
    static final String POLICY = "policy.json";

    private final Path output;
    private final Path file;
    private final DemoModel model;
    private final Map<String, String> facts = new LinkedHashMap<>();
    private final Optional<Font> font = LabelFont.find();

    /**
     * Files of a run.
     *
     * @param file the model that is drawn with
     */
    DemoFiles(Path output, DemoModel model, DemoSize size, Path file, Manifest manifest) {
        this.output = output;
        this.file = file;
        this.model = model;
        long weights =
                manifest.segments().stream().mapToLong(Segment::weightBytes).sum();
        facts.put(
                "Model",
                file.getFileName() + " of the " + model.name() + " model: " + Units.bytes(weights) + " of weights, "
                        + manifest.modules().size() + " modules, cut into "
                        + manifest.segments().size() + " segments");
        facts.put(
                "Sampler",
                "flow matching, Euler, " + size.steps() + " steps, classifier-free guidance " + DemoModel.GUIDANCE);
        facts.put(
                "Samples",
                "up to " + size.rounds() + " rounds of " + model.prompts().size() + " prompts in one batch ("
                        + String.join(", ", model.labels()) + "), seed " + size.seed());
        facts.put(
                "Timing",
                "each step right before or after the same step of the original model in a plain session; a round gives a ratio of"
                        + " times, the table shows the median and the range of the rounds");
        facts.put("Machine", Machine.describe());
        facts.put(
                "Versions",
                "Reprise " + Version.text() + ", ONNX Runtime "
                        + Installation.start(0).version() + ", Java "
                        + System.getProperty("java.version"));
        facts.put(
                "Date",
                DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm").format(LocalDateTime.now(ZoneId.systemDefault())));
        NewFolder.create(output);
    }

    Path report() {
        return output.resolve(REPORT);
    }

    Path picture() {
        return output.resolve(PICTURE);
    }

    /** What the user should know, if anything. */
    Optional<String> remark() {
        return font.isPresent()
                ? Optional.empty()
                : Optional.of(
                        "this Java finds no fonts: " + PICTURE + " has no labels; its lines are those of " + REPORT);
    }

    /**
     * Writes what there is so far.
     *
     * @param reports the first is the one of the original
     * @param last whether nothing more comes
     */
    void write(List<GenerationReport> reports, boolean last) {
        GenerationReport original = reports.get(0);
        List<GenerationReport> cached = reports.subList(1, reports.size());
        ReportText text = new ReportText(
                "What a cache saves, and what it costs",
                "A diffusion transformer draws " + model.subject()
                        + ": the same noise and the same prompts, once by the"
                        + " original model and " + cached.size()
                        + " times with less work, when in each step only what the"
                        + " policy wants is computed.",
                last ? "" : "The demo is still running: reload for more.",
                file.toString(),
                output.resolve(POLICY).toString(),
                facts);
        HtmlReport.recommended(cached)
                .ifPresent(best -> NewFolder.write(
                        output.resolve(POLICY), Json.pretty(best.choice().json()) + "\n"));
        NewFolder.write(report(), HtmlReport.write(text, original, cached));
        if (last) {
            NewFolder.write(picture(), Png.of(ContactSheet.draw(reports, font)));
        }
    }
}
