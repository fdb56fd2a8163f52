package dev.reprise.benchmarks.speed;

import ai.onnxruntime.OrtException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.runtime.api.SessionSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Measures what cutting costs and what reuse saves on the CPU, and prints JSON. Three transformers, each in one process with the
 * unsplit model in a plain ONNX Runtime session of default options; a step of each contestant in turn. {@code cut_to_plain} is the
 * median of the ratios of neighbouring steps.
 *
 * <p>A policy's step is compared with two predictions from the time of a step that computes everything. {@code multiply_adds} is the
 * share of the multiply-adds that is left, as if all operators took time in proportion to them. {@code operator_time} is the share
 * of the time that the operators that are left take in the unsplit model, from a profile: what they would take if reuse cost nothing.
 *
 * <pre>  java -cp 'benchmarks/target/reprise-benchmarks-0.1.0-SNAPSHOT.jar' dev.reprise.benchmarks.speed.StepSpeed 9 2,1</pre>
 */
public final class StepSpeed {
    private static final String USAGE =
            "usage: StepSpeed ROUNDS THREADS[,THREADS…] [MODEL.onnx…]   (default: three models of random weights)";

    /** Steps of a tiny model, two of each, enough for Java to compile what runs in a step: some 2 ms of a step's time until then. */
    private static final int WARM_UP_STEPS = 750;

    private final int rounds;
    private final List<Integer> threads;
    private final ObjectNode results = JsonNodeFactory.instance.objectNode();

    private StepSpeed(int rounds, List<Integer> threads) {
        this.rounds = rounds;
        this.threads = threads;
    }

    public static void main(String[] arguments) throws IOException, OrtException {
        if (arguments.length < 2) {
            System.err.println(USAGE);
            System.exit(2);
        }
        List<Integer> threads =
                Arrays.stream(arguments[1].split(",", -1)).map(Integer::valueOf).toList();
        StepSpeed speed = new StepSpeed(Integer.parseInt(arguments[0]), threads);
        // Before anything is cut, which would make a pool of another size.
        SessionSettings.cpu().withThreads(threads.get(0)).reserveThreads();
        Path folder = Files.createTempDirectory("reprise-speed");
        try {
            speed.warmUp(folder);
            for (Path model : Arrays.stream(arguments).skip(2).map(Path::of).toList()) {
                speed.measure(model.toString(), model, folder);
            }
            if (arguments.length == 2) {
                for (SpeedModel model : SpeedModel.values()) {
                    speed.measure(model.label(), model.write(folder), folder);
                }
            }
        } finally {
            MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
        }
        System.out.println(speed.json());
    }

    /** As in a process that has served for a while. */
    private void warmUp(Path folder) throws IOException, OrtException {
        Path model = PixArtLike.write(folder.resolve("tiny.onnx"), 2, 1, 2);
        Path bundle = Optimizer.cut(model, CutOptions.DEFAULTS).write(folder.resolve("tiny"));
        try (Measurement measurement = new Measurement(model, bundle, threads)) {
            measurement.run(WARM_UP_STEPS);
        }
    }

    private void measure(String name, Path model, Path folder) throws IOException, OrtException {
        Path bundle = Optimizer.cut(model, CutOptions.DEFAULTS).write(folder.resolve("bundle-" + results.size()));
        try (Measurement measurement = new Measurement(model, bundle, threads)) {
            measurement.run(rounds);
            results.set(name, measurement.json());
        }
    }

    private String json() throws IOException {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("processor_threads", Runtime.getRuntime().availableProcessors());
        json.put("java", System.getProperty("java.version"));
        json.put("rounds", rounds);
        json.set("models", results);
        return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(json);
    }
}
