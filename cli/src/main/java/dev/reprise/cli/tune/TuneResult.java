package dev.reprise.cli.tune;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cli.model.NewFolder;
import dev.reprise.cli.text.Page;
import dev.reprise.cli.text.Table;
import dev.reprise.cli.text.Wrap;
import dev.reprise.graph.bundle.Provenance;
import dev.reprise.runtime.tune.Candidate;
import dev.reprise.runtime.tune.Measured;
import dev.reprise.runtime.tune.Tuned;
import dev.reprise.verify.run.PolicyChoice;
import dev.reprise.verify.text.Json;
import dev.reprise.verify.text.Units;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What the command writes and prints.
 *
 * @param tuned what was found
 * @param model where the model came from
 * @param seed of the noise and of the search
 * @param images tuned on
 * @param heldOut images checked on; 0 where the rollout failed before, and figures are of those tuned on
 */
record TuneResult(Tuned tuned, Provenance model, long seed, int images, int heldOut) {
    private static final String COMBINED = "combined";
    private static final JsonPointer WEIGHTS = JsonPointer.compile("/what/fitted/weights");

    /** {@code docs/schema/tune.schema.json}; {@code --policy-config} reads it. */
    ObjectNode json() {
        ObjectNode json = Json.document();
        json.setAll(policy(tuned.best().candidate()));
        if (tuned.best().candidate().policy().equals(COMBINED)
                && model.sourceHash().length() == 64) {
            ((ObjectNode) json.get("parameters")).put("model", model.sourceHash());
        }
        ObjectNode facts = json.putObject("tuned");
        facts.put("budget", tuned.budget().toString());
        facts.put("steps", tuned.steps());
        facts.put("seed", seed);
        facts.put("images", images);
        facts.put("held_out_images", heldOut);
        facts.put("candidates", tuned.evaluations());
        facts.put("finished", tuned.finished());
        facts.put("model", model.sourceFile());
        facts.put("model_hash", model.sourceHash());
        facts.set("psnr_db", Json.number(tuned.best().psnr()));
        if (!Double.isNaN(tuned.best().standardError())) {
            facts.set("psnr_standard_error_db", Json.number(tuned.best().standardError()));
        }
        facts.set("computed_share", Json.number(tuned.best().computedShare()));
        facts.set("speedup", Json.number(tuned.speedup()));
        ArrayNode ranking = json.putArray("ranking");
        for (Measured each : tuned.ranking()) {
            ObjectNode row = ranking.addObject();
            row.setAll(policy(each.candidate()));
            row.set("psnr_db", Json.number(each.psnr()));
            row.set("computed_share", Json.number(each.computedShare()));
            row.set("speedup", Json.number(tuned.uncachedStepMillis() / each.stepMillis()));
        }
        return json;
    }

    private static ObjectNode policy(Candidate candidate) {
        return PolicyChoice.json(candidate.policy(), Json.of(candidate.parameters()));
    }

    void print(Page out, Path file) {
        out.println((heldOut == 0 ? "Quality on the images tuned on at " : "Held-out quality at ") + tuned.budget()
                + " of " + tuned.steps() + " steps, "
                + (heldOut == 0 ? Units.count(images, "image") : Units.count(heldOut, "image") + " of other noise"));
        out.println(Units.count(tuned.evaluations(), "candidate") + " run"
                + (tuned.finished() ? "" : " before it was stopped"));
        out.println();
        Table table = new Table(">PSNR dB", ">computed", ">speedup", "~policy");
        ranking().forEach(row -> table.row(row.toArray(String[]::new)));
        table.print(out, "  ");
        out.println();
        String policy = tuned.best().candidate().policy();
        out.println("Wrote " + file + ". Use it with");
        Wrap.print(out, "  ", "--policy " + policy + " --policy-config " + file);
        Wrap.print(out, "  ", "transformer.enableCache(PolicyCatalogue.load(Path.of(\"" + file + "\")));");
    }

    private List<List<String>> ranking() {
        return tuned.ranking().stream()
                .map(each -> List.of(
                        decimal(each.psnr()),
                        decimal(100 * each.computedShare()) + " %",
                        decimal(tuned.uncachedStepMillis() / each.stepMillis()) + "×",
                        shown(each.candidate())))
                .toList();
    }

    /** The page with the frontier, and its picture beside it: {@code x.html} and {@code x.png}. */
    void writeFrontier(Path page) {
        FrontierPage frontier = new FrontierPage(tuned);
        List<List<String>> rows = new ArrayList<>(List.of(List.of("PSNR dB", "computed", "speedup", "policy")));
        rows.addAll(ranking());
        NewFolder.write(page, frontier.html(rows));
        NewFolder.write(picture(page), frontier.png());
    }

    static Path picture(Path page) {
        String name = String.valueOf(page.getFileName());
        return page.resolveSibling(name.replaceFirst("\\.html?$", "") + ".png");
    }

    /** The policy and its parameters; fitted weights are many, and say nothing to a reader. */
    private static String shown(Candidate candidate) {
        JsonNode parameters = Json.of(candidate.parameters()).deepCopy();
        JsonNode weights = parameters.at(WEIGHTS);
        if (weights.isArray()) {
            ((ObjectNode) parameters.at(WEIGHTS.head())).put("weights", "of " + weights.size() + " steps");
        }
        return PolicyChoice.title(candidate.policy(), parameters);
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }
}
