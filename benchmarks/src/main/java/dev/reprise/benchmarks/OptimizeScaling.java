package dev.reprise.benchmarks;

import dev.reprise.optimizer.CutModel;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Time to locate and cut against the number of nodes: a tenfold graph may take little more than ten times as long. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 2)
@Measurement(iterations = 3)
public class OptimizeScaling {
    @Param({"10000", "100000"})
    public int nodes;

    private Path folder = Path.of("");
    private Path model = Path.of("");

    @Setup
    public void write() throws IOException {
        folder = Files.createTempDirectory("reprise-scaling");
        model = ManyBlocks.write(folder, nodes);
    }

    @Benchmark
    public CutModel cut() {
        return Optimizer.cut(model, CutOptions.DEFAULTS);
    }

    @TearDown
    public void delete() throws IOException {
        Files.delete(model);
        Files.delete(folder);
    }
}
