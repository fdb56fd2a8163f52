package dev.reprise.cli.calibrate;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cli.calibrate.CalibrationReport.Suggested;
import dev.reprise.cli.calibrate.CalibrationReport.Unsupported;
import dev.reprise.cli.calibrate.TargetSearch.Suggestion;
import dev.reprise.verify.run.PairedSpeedup;
import dev.reprise.verify.run.PolicyChoice;
import dev.reprise.verify.text.Json;
import java.util.List;
import java.util.Locale;

/** What calibrating found, for programs: {@code docs/schema/calibrate.schema.json}. */
final class CalibrationJson {
    private CalibrationJson() {}

    static ObjectNode of(CalibrationReport report) {
        Calibration calibration = report.calibration();
        ObjectNode json = Json.document();
        json.put("model", report.model());
        json.put("source_hash", report.sourceHash());
        // At the top, where --policy-config reads it.
        report.winner().ifPresent(winner -> json.setAll(winner.choice().json()));
        PairedSpeedup cut = report.cut();
        json.set("cut_speedup", cut == null ? json.nullNode() : cut.json());
        json.put("steps", calibration.steps());
        ObjectNode contexts = json.putObject("contexts");
        calibration.contexts().forEach((name, figures) -> {
            ArrayNode steps = contexts.putArray(name);
            figures.forEach(step -> steps.add(step(step)));
        });
        ArrayNode measured = json.putArray("measured_parameters");
        List<Double> ratios = calibration.magnitudeRatios();
        if (!ratios.isEmpty()) {
            ObjectNode parameters = Json.object().put("num_inference_steps", calibration.steps());
            parameters.set("mag_ratios", Json.of(ratios));
            measured.addObject().set("configuration", PolicyChoice.json("magcache", parameters));
        }
        calibration.polynomial().ifPresent(fit -> {
            ObjectNode parameters = Json.object();
            parameters.set("coefficients", Json.of(fit.coefficients()));
            ObjectNode teacache = measured.addObject();
            teacache.set("configuration", PolicyChoice.json("teacache", parameters));
            teacache.set("r_squared", Json.number(fit.rSquared()));
        });
        Sensitivities sensitivities = report.sensitivities();
        if (sensitivities != null) {
            ObjectNode parameters = Json.object();
            parameters.set("timesteps", Json.of(sensitivities.timesteps()));
            parameters.set("j_x_norm", Json.of(sensitivities.byLatents()));
            parameters.set("j_t_norm", Json.of(sensitivities.byTimestep()));
            measured.addObject().set("configuration", PolicyChoice.json("sencache", parameters));
        }
        ArrayNode suggestions = json.putArray("suggestions");
        report.suggestions().forEach(suggested -> suggestions.add(suggestion(suggested)));
        ArrayNode unsupported = json.putArray("unsupported");
        for (Unsupported policy : report.unsupported()) {
            unsupported.addObject().put("policy", policy.policy()).put("reason", policy.reason());
        }
        return json;
    }

    private static ObjectNode step(StepFigures step) {
        ObjectNode json = Json.object();
        json.put("step", step.step());
        json.put("timestep", step.timestep());
        json.set("first_block_distance", Json.number(step.firstBlock()));
        json.set("modulated_input_distance", Json.number(step.modulatedInput()));
        json.set("residual_distance", Json.number(step.residual()));
        json.set("latents_distance", Json.number(step.latents()));
        json.set("output_distance", Json.number(step.output()));
        json.set("residual_ratio", Json.number(step.residualRatio()));
        return json;
    }

    private static ObjectNode suggestion(Suggested suggested) {
        ObjectNode json = Json.object();
        json.put("policy", suggested.policy());
        json.put("target", suggested.target().quantity().name().toLowerCase(Locale.ROOT));
        json.put("value", suggested.target().value());
        json.put("reached", suggested.reached());
        Suggestion suggestion = suggested.suggestion();
        if (suggestion != null) {
            json.set("configuration", suggestion.choice().json());
            json.put("computed_share", suggestion.outcome().computedShare());
            json.put("predicted_speedup", suggestion.predictedSpeedup());
            json.set("measured_speedup", Json.number(suggestion.measuredSpeedup()));
            json.set("psnr_db", Json.number(suggestion.outcome().psnr()));
        }
        return json;
    }
}
