package dev.reprise.cli.bench;

import dev.reprise.cli.bench.BenchResult.Kind;
import dev.reprise.cli.bench.BenchResult.Row;
import dev.reprise.cli.text.Page;
import dev.reprise.cli.text.Table;
import dev.reprise.cli.text.Wrap;
import dev.reprise.verify.run.PairedSpeedup;
import dev.reprise.verify.text.Units;
import java.util.List;
import java.util.Locale;

/** What was measured, for people. */
final class BenchText {
    private BenchText() {}

    static void print(BenchResult result, List<Comparison> compared, Page out) {
        Table table = new Table("~", ">MEAN STEP", ">SPEEDUP", ">COMPUTED", ">PREDICTED", ">CACHE", ">PEAK MEMORY");
        Table kinds = new Table("~STEPS OF A KIND", ">COMPUTED", ">STEPS", ">TIME", ">PREDICTED", ">OFF BY");
        Table crossings = new Table("~A STEP'S COPIES", ">TENSORS", ">BYTES", ">WAITS", ">KEPT ON DEVICE");
        for (Row row : result.rows()) {
            row.crossing()
                    .filter(crossing -> crossing.tensors() > 0)
                    .ifPresent(crossing -> crossings.row(
                            row.name(),
                            Units.mean(crossing.tensors()),
                            Units.bytes(Math.round(crossing.bytes())),
                            Units.mean(crossing.waits()),
                            Units.bytes(row.deviceCacheBytes())));
            table.row(
                    row.name(),
                    Units.millis(row.meanNanos()),
                    Units.times(row.speedup().map(PairedSpeedup::median).orElse(Double.NaN)),
                    Units.percent(row.computedShare()),
                    Units.millis(row.predictedNanos().orElse(Double.NaN)),
                    row.cacheBytes() == 0 ? "–" : Units.bytes(row.cacheBytes()),
                    row.peakBytes().isPresent() ? Units.bytes(row.peakBytes().getAsLong()) : "–");
            for (Kind kind : row.kinds()) {
                kinds.row(
                        row.name(),
                        Units.percent(kind.measured().computedShare()),
                        Integer.toString(kind.measured().steps()),
                        Units.millis(kind.measured().nanos()),
                        Units.millis(kind.predictedNanos()),
                        Units.percent(kind.excess().orElse(Double.NaN)));
            }
        }
        table.print(out, "");
        out.println();
        if (!kinds.isEmpty()) {
            kinds.print(out, "");
            out.println();
        }
        if (!crossings.isEmpty()) {
            crossings.print(out, "");
            out.println();
        }
        if (!compared.isEmpty()) {
            comparison(compared, out).print(out, "");
            out.println();
        }
        for (Row row : result.rows()) {
            if (row.choice() != null && !row.choice().parameters().isEmpty()) {
                Wrap.print(out, "", row.name() + ": " + row.choice().parameters());
            }
        }
        result.repeatedPrompt()
                .ifPresent(prompt -> Wrap.print(
                        out,
                        "",
                        "Repeated prompt and timestep: the first step of a generation takes "
                                + Units.millis(prompt.repeatedNanos()) + " instead of "
                                + Units.millis(prompt.firstNanos()) + " ("
                                + share(prompt.ratio().median()) + " ×, "
                                + share(prompt.ratio().low()) + " to "
                                + share(prompt.ratio().high())
                                + "), with the same bits; " + Units.percent(prompt.savedShare())
                                + " of the multiply-adds are saved, " + Units.bytes(prompt.bytes())
                                + " are kept for all generations."));
        Wrap.print(
                out,
                "",
                "On " + result.runsOn()
                        + (result.arenaBytes().isPresent()
                                ? "; the arena of the CPU's memory took "
                                        + Units.bytes(result.arenaBytes().getAsLong()) + "."
                                : "; sessions share no arena."));
        Wrap.print(
                out,
                "",
                Units.count(result.steps(), "step") + ", " + Units.count(result.rounds(), "round")
                        + ". Speedup: the original model in a plain session over this, median of the rounds. Mean step:"
                        + " each step counts with the lower quartile of the steps that computed the same share.");
    }

    private static Table comparison(List<Comparison> compared, Page out) {
        Table table = new Table("~AGAINST BASELINE", ">BASELINE", ">NOW", ">RATIO", ">LOW", ">HIGH", "OUTCOME");
        for (Comparison each : compared) {
            PairedSpeedup ratio = each.ratio();
            table.row(
                    each.name(),
                    Units.times(each.before().median()),
                    Units.times(each.now().median()),
                    share(ratio.median()),
                    share(ratio.low()),
                    share(ratio.high()),
                    switch (each.outcome()) {
                        case KEPT -> out.good("kept");
                        case SLOWER -> out.bad("slower");
                        case UNDECIDED -> out.doubtful("undecided");
                    });
        }
        return table;
    }

    private static String share(double ratio) {
        return String.format(Locale.ROOT, "%.2f", ratio);
    }
}
