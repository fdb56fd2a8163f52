package dev.reprise.cli.bench;

import dev.reprise.cli.bench.BenchResult.Kind;
import dev.reprise.cli.bench.BenchResult.Row;
import dev.reprise.cli.text.Page;
import dev.reprise.cli.text.Table;
import dev.reprise.cli.text.Wrap;
import dev.reprise.verify.text.Units;

/** What was measured, for people. */
final class BenchText {
    private BenchText() {}

    static void print(BenchResult result, Page out) {
        Table table = new Table("", ">MEAN STEP", ">OF ORIGINAL", ">COMPUTED", ">PREDICTED", ">CACHE", ">PEAK MEMORY");
        Table kinds = new Table("STEPS OF A KIND", ">COMPUTED", ">STEPS", ">TIME", ">PREDICTED", ">OFF BY");
        Table crossings = new Table("A STEP'S COPIES", ">TENSORS", ">BYTES", ">WAITS", ">KEPT ON DEVICE");
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
                    Units.times(row.ratioToOriginal().orElse(Double.NaN)),
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
        for (Row row : result.rows()) {
            if (row.choice() != null && !row.choice().parameters().isEmpty()) {
                Wrap.print(out, "", row.name() + ": " + row.choice().parameters());
            }
        }
        out.println("On " + result.runsOn()
                + (result.arenaBytes().isPresent()
                        ? "; the arena of the CPU's memory took "
                                + Units.bytes(result.arenaBytes().getAsLong()) + "."
                        : "; sessions share no arena."));
        out.println(result.steps() + " steps, " + result.rounds() + (result.rounds() == 1 ? " round." : " rounds.")
                + " Each step counts with the lower quartile of the steps that computed the same share.");
    }
}
