package dev.reprise.cli.calibrate;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cli.calibrate.CalibrationReport.Quantity;
import dev.reprise.cli.calibrate.CalibrationReport.Suggested;
import dev.reprise.cli.calibrate.CalibrationReport.Target;
import dev.reprise.cli.calibrate.CalibrationReport.Unsupported;
import dev.reprise.cli.calibrate.TargetSearch.Suggestion;
import dev.reprise.cli.text.Page;
import dev.reprise.cli.text.Table;
import dev.reprise.cli.text.Wrap;
import dev.reprise.verify.text.Units;
import java.util.List;
import java.util.Locale;

/** What calibrating found, for people. */
final class CalibrationText {
    /** Measured tables: as long as the generation, and in the file. */
    private static final List<String> TABLES = List.of("mag_ratios", "coefficients", "num_inference_steps");

    private CalibrationText() {}

    static void print(CalibrationReport report, Page out) {
        contexts(report.calibration()).print(out, "");
        report.calibration().polynomial().ifPresent(fit -> {
            out.println();
            out.println("TeaCache's polynomial explains " + Units.percent(fit.rSquared())
                    + " of the output's change (R²).");
        });
        if (!report.suggestions().isEmpty()) {
            out.println();
            suggestions(report.suggestions()).print(out, "");
        }
        for (Unsupported policy : report.unsupported()) {
            Wrap.print(out, "", "Not " + policy.policy() + ": " + policy.reason());
        }
        out.println();
    }

    private static Table contexts(Calibration calibration) {
        Table table = new Table(
                "CONTEXT", ">STEP", ">TIMESTEP", ">FIRST BLOCK", ">MODULATED", ">RESIDUAL", ">OUTPUT", ">RATIO");
        calibration.contexts().forEach((name, figures) -> {
            for (StepFigures step : figures) {
                table.row(
                        name,
                        Integer.toString(step.step()),
                        String.format(Locale.ROOT, "%.0f", step.timestep()),
                        figure(step.firstBlock()),
                        figure(step.modulatedInput()),
                        figure(step.residual()),
                        figure(step.output()),
                        figure(step.residualRatio()));
            }
        });
        return table;
    }

    private static Table suggestions(List<Suggested> suggestions) {
        Table table = new Table(
                "TARGET", "POLICY", ">COMPUTED", ">PREDICTED", ">MEASURED", ">PSNR", "REACHED", "~PARAMETERS");
        for (Suggested suggested : suggestions) {
            Suggestion suggestion = suggested.suggestion();
            if (suggestion == null) {
                table.row(target(suggested.target()), suggested.policy(), "–", "–", "–", "–", "no", "");
                continue;
            }
            ObjectNode shown = suggestion.choice().parameters().deepCopy();
            shown.remove(TABLES);
            table.row(
                    target(suggested.target()),
                    suggested.policy(),
                    Units.percent(suggestion.outcome().computedShare()),
                    Units.times(suggestion.predictedSpeedup()),
                    Units.times(suggestion.measuredSpeedup()),
                    Units.decibel(suggestion.outcome().psnr()),
                    suggested.reached() ? "yes" : "no",
                    shown.toString());
        }
        return table;
    }

    private static String target(Target target) {
        return target.quantity() == Quantity.PSNR ? Units.decibel(target.value()) : Units.times(target.value());
    }

    private static String figure(double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%.4f", value) : "–";
    }
}
