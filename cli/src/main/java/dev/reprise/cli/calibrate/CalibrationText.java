package dev.reprise.cli.calibrate;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cli.calibrate.CalibrationReport.Suggested;
import dev.reprise.cli.calibrate.CalibrationReport.Target;
import dev.reprise.cli.calibrate.CalibrationReport.Unsupported;
import dev.reprise.cli.calibrate.TargetSearch.Suggestion;
import dev.reprise.cli.text.Page;
import dev.reprise.cli.text.Table;
import dev.reprise.cli.text.Wrap;
import dev.reprise.verify.run.PairedSpeedup;
import dev.reprise.verify.text.Units;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What calibrating found, for people. */
final class CalibrationText {
    /** Measured tables: as long as the generation, and in the file. */
    private static final List<String> TABLES = List.of("mag_ratios", "coefficients", "num_inference_steps");

    private CalibrationText() {}

    static void print(CalibrationReport report, Path model, Path file, boolean all, Page out) {
        for (Target target : report.targets()) {
            winner(report, target, model, file, out);
            ranking(report.ranking(target)).print(out, "  ");
            out.println();
        }
        cut(report.cut(), out);
        if (report.sensitivities() != null) {
            out.println("SenCache's sensitivities are in the file, one per step.");
        }
        for (Unsupported policy : report.unsupported()) {
            Wrap.print(out, "", "Not " + policy.policy() + ": " + policy.reason());
        }
        if (all || report.suggestions().isEmpty()) {
            contexts(report.calibration()).print(out, "");
            out.println();
        }
        report.calibration()
                .polynomial()
                .ifPresent(fit -> Wrap.print(
                        out,
                        "",
                        "TeaCache's polynomial explains " + Units.percent(fit.rSquared())
                                + " of the output's change (R²)."));
    }

    /** The best policy, with what to type and what to write. Neither is broken: both are for pasting. */
    private static void winner(CalibrationReport report, Target target, Path model, Path file, Page out) {
        Optional<Suggestion> found = report.winner(target);
        if (found.isEmpty()) {
            out.println(out.bad("No policy reaches " + target + "; these come closest:"));
            return;
        }
        Suggestion best = found.get();
        String policy = best.choice().type().id();
        Wrap.print(
                out,
                "",
                out.good("For " + target + ": " + policy) + ", " + Units.times(best.speedup())
                        + (Double.isNaN(best.measuredSpeedup()) ? " by multiply-adds" : " measured") + ", PSNR "
                        + Units.decibel(best.outcome().psnr())
                        + (best.speedup() < 1 ? out.doubtful(", slower than the original") : ""));
        if (report.winner().equals(found)) {
            out.println("  reprise bench " + model + " --policy " + policy + " --policy-config " + file);
            out.println("  transformer.enableCache(PolicyCatalogue.load(Path.of(\"" + file + "\")));");
        } else {
            // The file has the first target's policy at its top.
            out.println("  reprise bench " + model + " --policy '" + policy + "="
                    + best.choice().parameters() + "'");
        }
    }

    /** A cut that costs takes from every policy. */
    private static void cut(@Nullable PairedSpeedup cut, Page out) {
        if (cut == null) {
            return;
        }
        String interval =
                Units.times(cut.median()) + " (" + Units.times(cut.low()) + " to " + Units.times(cut.high()) + ")";
        if (cut.high() < 1) {
            Wrap.print(
                    out,
                    "",
                    out.doubtful("The cut costs:") + " without a policy the cut model's speedup over the original is "
                            + interval + ". A policy has to save more than that; on a model as small as this one the"
                            + " original may be the better choice.");
        } else {
            Wrap.print(out, "", "Without a policy the cut model's speedup over the original is " + interval + ".");
        }
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

    private static Table ranking(List<Suggested> suggestions) {
        Table table = new Table("POLICY", ">SPEEDUP", ">BY MULTIPLY-ADDS", ">PSNR", "REACHED", "~?PARAMETERS");
        for (Suggested suggested : suggestions) {
            Suggestion suggestion = suggested.suggestion();
            if (suggestion == null) {
                table.row(suggested.policy(), "–", "–", "–", "no", "");
                continue;
            }
            ObjectNode shown = suggestion.choice().parameters().deepCopy();
            shown.remove(TABLES);
            table.row(
                    suggested.policy(),
                    Units.times(suggestion.measuredSpeedup()),
                    Units.times(suggestion.predictedSpeedup()),
                    Units.decibel(suggestion.outcome().psnr()),
                    suggested.reached() ? "yes" : "no",
                    shown.toString());
        }
        return table;
    }

    private static String figure(double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%.4f", value) : "–";
    }
}
