package dev.reprise.benchmarks.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.ManifestFile;
import dev.reprise.graph.bundle.Segment;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Smaller runs of the programs in this package. */
@EnabledOnOs(OS.LINUX)
class MemoryIT {
    @TempDir
    private Path folder;

    @Test
    void changesOfThePolicyKeepNoWeightTwice() throws Exception {
        Path model = RandomTransformer.write(folder, new RandomTransformer.Size(8, 512, 64, false, 0));
        Path bundle = Optimizer.cut(model, CutOptions.DEFAULTS).write(folder.resolve("bundle"));

        String last = OwnProcess.run(OwnProcess.STEADY, PolicyChanges.class, bundle.toString(), "1");

        // Of 100 MB; the virtual machine itself grows by some. Where sessions pack weights in different forms it is 100
        // %.
        assertThat(number(last, "most_grown_percent=")).isLessThan(25);
    }

    @Test
    void thousandsOfStepsLeaveMemoryWhereItWas() throws Exception {
        String last = OwnProcess.run(OwnProcess.STEADY, LongRun.class, "8000");
        // One tensor of the hidden states that leaked in each step of the second half would be 16 MB.
        assertThat(number(last, "second_half_growth_kb=")).isLessThan(8 << 10);
    }

    @Test
    void optimizeReadsNoWeightIntoTheHeap() throws Exception {
        // 4.5 GB that take no room on the disk, half of them one weight: more than a Java buffer holds.
        Path model = RandomTransformer.write(folder, new RandomTransformer.Size(3, 4096, 16, true, 140_000));
        long weights = Files.size(folder.resolve("weights.bin"));
        assertThat(weights).isGreaterThan(4L << 30);
        Path bundle = folder.resolve("bundle");

        OwnProcess.run(List.of("-Xmx128m"), BigModel.class, "optimize", model.toString(), bundle.toString());

        Manifest manifest = ManifestFile.read(bundle);
        assertThat(manifest.weights().files().get(0).size()).isEqualTo(weights);
        assertThat(manifest.segments().stream().mapToLong(Segment::weightBytes).sum())
                .isBetween(weights - (1 << 20), weights);
        assertThat(bytes(bundle)).isLessThan(1 << 20);
    }

    private static long bytes(Path bundle) throws IOException {
        long bytes = 0;
        try (var files = Files.walk(bundle)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }

    private static long number(String line, String name) {
        assertThat(line).startsWith(name);
        return Long.parseLong(line.substring(name.length()));
    }
}
