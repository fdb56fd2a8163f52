package dev.reprise.benchmarks.memory;

import ai.onnxruntime.OrtException;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * How much faster a step is with several threads than with one, without a policy. How many threads there are is fixed for a process, so
 * each figure is the median of a process of its own, the two in turn.
 *
 * <p>Usage: {@code ThreadScaling BUNDLE [THREADS]}, two threads by default.
 */
public final class ThreadScaling {
    private static final int ROUNDS = 3;
    private static final int WARMUP = 3;
    private static final int STEPS = 15;

    private ThreadScaling() {}

    public static void main(String[] arguments) throws IOException, InterruptedException, OrtException {
        if (arguments[0].equals("one")) {
            System.out.println(milliseconds(Path.of(arguments[1]), Integer.parseInt(arguments[2])));
            return;
        }
        String threads = arguments.length > 1 ? arguments[1] : "2";
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            double one = Double.parseDouble(OwnProcess.run(ThreadScaling.class, "one", arguments[0], "1"));
            double several = Double.parseDouble(OwnProcess.run(ThreadScaling.class, "one", arguments[0], threads));
            ratios.add(one / several);
            System.out.printf(
                    Locale.ROOT,
                    "1 thread %.1f ms, %s threads %.1f ms: %.2f times%n",
                    one,
                    threads,
                    several,
                    one / several);
        }
        System.out.printf(Locale.ROOT, "median %.2f%n", median(ratios));
    }

    private static double milliseconds(Path bundle, int threads) throws OrtException {
        SessionSettings settings = SessionSettings.cpu().withThreads(threads);
        List<Double> times = new ArrayList<>();
        try (CachedTransformer transformer = CachedTransformer.open(bundle, settings);
                RandomInputs inputs = RandomInputs.of(transformer.inputs(), 1)) {
            for (int step = 0; step < WARMUP + STEPS; step++) {
                long start = System.nanoTime();
                transformer
                        .run(Step.at(step, WARMUP + STEPS).withTimestep(999 - step), inputs.byName())
                        .close();
                if (step >= WARMUP) {
                    times.add((System.nanoTime() - start) / 1e6);
                }
            }
        }
        return median(times);
    }

    private static double median(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        return sorted.get(sorted.size() / 2);
    }
}
