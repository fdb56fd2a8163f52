package dev.reprise.benchmarks.memory;

import ai.onnxruntime.OrtException;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * A model of many gigabytes, whose weight file takes little room on the disk: {@code optimize} in a heap of 128 MB, then the peak of resident memory of
 * ONNX Runtime's default session and of the cut model, each opened and run for two steps in a process of its own.
 *
 * <p>Usage: {@code BigModel FOLDER [BLOCKS [CHANNELS [HUGE_COLUMNS]]]}. The defaults make 10 GB, one weight of them larger than 2 GiB, which takes
 * as much memory to run.
 */
public final class BigModel {
    private static final int TOKENS = 16;

    private BigModel() {}

    public static void main(String[] arguments) throws IOException, InterruptedException, OrtException {
        if (arguments[0].equals("optimize")) {
            Optimizer.cut(Path.of(arguments[1]), CutOptions.DEFAULTS).write(Path.of(arguments[2]));
            return;
        }
        Path folder = Files.createDirectories(Path.of(arguments[0]));
        Path model = RandomTransformer.write(
                folder,
                new RandomTransformer.Size(
                        number(arguments, 1, 10),
                        number(arguments, 2, 4096),
                        TOKENS,
                        true,
                        number(arguments, 3, 140_000)));
        System.out.println("weights " + ProcessMemory.megabytes(Files.size(folder.resolve("weights.bin"))));
        Path bundle = folder.resolve("bundle-" + System.currentTimeMillis());
        forget(folder.resolve("weights.bin"));
        long start = System.nanoTime();
        OwnProcess.run(List.of("-Xmx128m"), BigModel.class, "optimize", model.toString(), bundle.toString());
        System.out.printf(
                Locale.ROOT,
                "optimize, with the start of the process, a heap of 128 MB and no page of the weights in the file cache: %.1f s%n",
                (System.nanoTime() - start) / 1e9);
        PeakMemory.compare(List.of("default session", "none", "fbc"), model, bundle, "0");
    }

    /** Takes a file out of the operating system's file cache. */
    private static void forget(Path file) throws IOException, InterruptedException {
        for (List<String> command : List.of(
                List.of("sync", file.toString()),
                List.of("dd", "if=" + file, "iflag=nocache", "count=0", "status=none"))) {
            if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
                throw new IOException(command + " failed");
            }
        }
    }

    private static int number(String[] arguments, int index, int otherwise) {
        return index < arguments.length ? Integer.parseInt(arguments[index]) : otherwise;
    }
}
