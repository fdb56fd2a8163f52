package dev.reprise.cli.demo;

import dev.reprise.cli.model.NewFolder;
import dev.reprise.cli.report.ContactSheet;
import dev.reprise.cli.report.GenerationReport;
import dev.reprise.cli.report.HtmlReport;
import dev.reprise.cli.report.LabelFont;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Segment;
import dev.reprise.verify.report.Png;
import dev.reprise.verify.text.Units;
import java.awt.Font;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The files of the demo: a page and a contact sheet. */
final class DemoFiles {
    static final String REPORT = "report.html";
    static final String PICTURE = "digits.png";

    private DemoFiles() {}

    /** What was run, for the end of the page. */
    static Map<String, String> facts(String model, Manifest manifest, DemoSize size) {
        long weights =
                manifest.segments().stream().mapToLong(Segment::weightBytes).sum();
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put(
                "Model",
                model + ": " + Units.bytes(weights) + " of weights, "
                        + manifest.modules().size() + " modules in "
                        + (manifest.chain() == null
                                ? 0
                                : manifest.chain().blocks().size()) + " blocks, cut into "
                        + manifest.segments().size() + " segments");
        facts.put(
                "Sampler",
                "flow matching, Euler, " + size.steps() + " steps, classifier-free guidance " + Digits.GUIDANCE);
        facts.put(
                "Samples",
                size.samples() + " per setting (" + size.rounds() + " rounds of ten digits in one batch), seed "
                        + size.seed());
        facts.put(
                "Timing",
                "every step at the lower quartile of the steps that computed the same share; in each round all settings run one"
                        + " after another");
        facts.put(
                "Machine",
                System.getProperty("os.name") + " " + System.getProperty("os.arch") + ", "
                        + Runtime.getRuntime().availableProcessors() + " cores, Java "
                        + System.getProperty("java.version"));
        return facts;
    }

    /**
     * Writes the page and the contact sheet.
     *
     * @param reports the first is the one without cache
     * @return what the user should know, if anything
     */
    static Optional<String> write(Path output, List<GenerationReport> reports, Map<String, String> facts) {
        NewFolder.create(output);
        GenerationReport uncached = reports.get(0);
        List<GenerationReport> cached = reports.subList(1, reports.size());
        String introduction = "A diffusion transformer that draws handwritten digits, run " + (reports.size() - 1)
                + " times over with less work: the same noise, the same prompts, and in each step only what the policy wants"
                + " computed.";
        NewFolder.write(
                output.resolve(REPORT),
                HtmlReport.write("What a cache saves, and what it costs", introduction, facts, uncached, cached));
        Optional<Font> font = LabelFont.find();
        NewFolder.write(output.resolve(PICTURE), Png.of(ContactSheet.draw(reports, font)));
        return font.isPresent()
                ? Optional.empty()
                : Optional.of(
                        "this Java finds no fonts: " + PICTURE + " has no labels; its lines are those of " + REPORT);
    }
}
