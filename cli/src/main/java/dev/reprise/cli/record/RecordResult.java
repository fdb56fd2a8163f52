package dev.reprise.cli.record;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cli.text.Page;
import dev.reprise.cli.text.Table;
import dev.reprise.cli.text.Wrap;
import dev.reprise.graph.recording.Origin;
import dev.reprise.graph.recording.RecordingDescription;
import dev.reprise.verify.record.PolicyUse;
import dev.reprise.verify.text.Json;
import dev.reprise.verify.text.Units;
import java.nio.file.Path;
import java.util.List;

/**
 * What was recorded.
 *
 * @param folder where
 * @param description what it says
 * @param uses what each policy did
 */
record RecordResult(Path folder, RecordingDescription description, List<PolicyUse> uses) {

    /** {@code docs/schema/record.schema.json}. */
    ObjectNode json() {
        ObjectNode json = Json.document();
        json.put("recording", folder.toString());
        json.put("steps", description.steps());
        json.set("origin", Json.of(description.origin()));
        ArrayNode policies = json.putArray("policies");
        for (PolicyUse use : uses) {
            ObjectNode policy = policies.addObject();
            policy.put("name", use.choice().label());
            policy.set("configuration", use.choice().json());
            policy.put("computed_share", use.computedShare());
            policy.put("reusing_steps", use.reusingSteps());
            policy.put("vacuous", use.isVacuous());
            use.suggestion()
                    .ifPresent(found -> policy.put("suggested_threshold", Double.parseDouble(found.threshold())));
        }
        return json;
    }

    void print(Page out) {
        Origin origin = description.origin();
        String wrote = "Wrote " + folder + ": " + Units.count(description.steps(), "step")
                + (origin == null
                        ? "."
                        : ", model " + origin.model().substring(0, 12) + ", reprise " + origin.reprise()
                                + ", ONNX Runtime " + origin.onnxRuntime() + ", " + origin.provider() + ", "
                                + Units.count(origin.threads(), "thread") + ".");
        Wrap.print(out, "", wrote);
        if (uses.isEmpty()) {
            return;
        }
        Table table = new Table("~POLICY", ">REUSING STEPS", ">COMPUTED");
        for (PolicyUse use : uses) {
            table.row(
                    use.choice().title(),
                    use.isVacuous() ? out.doubtful("0 of " + use.steps()) : use.reusingSteps() + " of " + use.steps(),
                    Units.percent(use.computedShare()));
        }
        table.print(out, "");
    }
}
