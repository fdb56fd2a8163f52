package dev.reprise.benchmarks.speed;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import dev.reprise.cache.math.Fragment;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.bundle.Bundle;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.ort.NativeTensors;
import dev.reprise.ort.OrtProcess;
import dev.reprise.ort.capi.BoundRun;
import dev.reprise.ort.capi.BoundSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What a run costs on the CPU: through ONNX Runtime's Java API ({@code plain}), and bound through its C API. One session, both ways in
 * turn, in the shared arena.
 *
 * <pre>  java -cp benchmarks/target/reprise-benchmarks-….jar dev.reprise.benchmarks.speed.BoundCost THREADS [MODEL.onnx…]</pre>
 */
public final class BoundCost {
    private static final int SMALL_RUNS = 20_000;
    private static final int LARGE_RUNS = 15;

    private final OrtProcess process;

    private BoundCost(int threads) {
        process = OrtProcess.start(threads);
    }

    public static void main(String[] arguments) throws OrtException, IOException {
        if (arguments.length == 0) {
            System.err.println("usage: BoundCost THREADS [MODEL.onnx…]");
            System.exit(2);
        }
        BoundCost cost = new BoundCost(Integer.parseInt(arguments[0]));
        cost.fragments();
        for (int i = 1; i < arguments.length; i++) {
            cost.model(Path.of(arguments[i]));
        }
    }

    /** The smallest session there is: what is left is the run itself. */
    private void fragments() throws OrtException {
        Fragment copy = Fragment.copy(ElementType.FLOAT);
        for (int elements : new int[] {1, 1 << 18}) {
            try (OrtSession.SessionOptions options = options();
                    OrtSession session = process.environment().createSession(copy.model(), options);
                    OnnxTensor x = NativeTensors.floats(new float[elements], elements)) {
                compare("copy of " + elements, session, Map.of(copy.inputs().get(0), x), SMALL_RUNS);
            }
        }
    }

    private void model(Path file) throws OrtException, IOException {
        Manifest manifest = manifest(file);
        try (OrtSession.SessionOptions options = options();
                OrtSession session = process.environment().createSession(file.toString(), options);
                StepInputs inputs = new StepInputs(manifest)) {
            compare(String.valueOf(file.getFileName()), session, inputs.next(), LARGE_RUNS);
        }
    }

    private static Manifest manifest(Path model) throws IOException {
        Path folder = Files.createTempDirectory("reprise-bound");
        try {
            return Bundle.open(Optimizer.cut(model, CutOptions.DEFAULTS).write(folder.resolve("bundle")))
                    .manifest();
        } finally {
            MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
        }
    }

    private OrtSession.SessionOptions options() throws OrtException {
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        options.disablePerSessionThreads();
        process.arena().orElseThrow().use(options);
        return options;
    }

    private void compare(String what, OrtSession session, Map<String, OnnxTensor> inputs, int runs)
            throws OrtException {
        List<String> names = List.copyOf(inputs.keySet());
        Set<String> outputs = new LinkedHashSet<>(session.getOutputNames());
        boolean[] wanted = new boolean[outputs.size()];
        Arrays.fill(wanted, true);
        BoundSession bound = new BoundSession(process.nativeLayer(), session, names, List.copyOf(outputs));
        List<Double> plain = new ArrayList<>();
        List<Double> through = new ArrayList<>();
        try (BoundRun run = bound.newRun()) {
            for (int i = 0; i < runs; i++) {
                long start = System.nanoTime();
                session.run(inputs, outputs).close();
                long between = System.nanoTime();
                for (int name = 0; name < names.size(); name++) {
                    run.bind(name, Objects.requireNonNull(inputs.get(names.get(name))));
                }
                run.run(wanted, true, true).forEach(OnnxTensor::close);
                long end = System.nanoTime();
                plain.add((between - start) / 1e3);
                through.add((end - between) / 1e3);
            }
        }
        List<Double> plainWarm = plain.subList(runs / 5, runs);
        List<Double> throughWarm = through.subList(runs / 5, runs);
        System.out.println(String.format(
                Locale.ROOT,
                "%s: plain %.1f us, bound %.1f us, ratio %.3f",
                what,
                Ratios.median(plainWarm),
                Ratios.median(throughWarm),
                Ratios.median(throughWarm, plainWarm)));
    }
}
