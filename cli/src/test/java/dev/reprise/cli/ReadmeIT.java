package dev.reprise.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cache.policy.PyramidAttentionBroadcast;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.demo.DemoModels;
import dev.reprise.graph.recording.Recording;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.runtime.CacheContext;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import dev.reprise.testdata.TestModels;
import dev.reprise.verify.run.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's example runs, and is the text of the method below. */
class ReadmeIT {
    private static final Path PIXART = TestModels.golden("pixart");
    private static final Path SOURCE = Path.of("src/test/java/dev/reprise/cli/ReadmeIT.java");

    @TempDir
    private Path folder;

    @SuppressWarnings("try") // A context is entered by opening it; nothing is asked of it.
    private static void example(Path bundle, int steps, Map<String, OnnxTensor> inputs, Consumer<OnnxTensor> sampler) {
        // example begins
        try (CachedTransformer transformer = CachedTransformer.open(bundle, SessionSettings.cpu())) {
            transformer.enableCache(PyramidAttentionBroadcast.builder()
                    .set(PyramidAttentionBroadcast.SPATIAL_ATTENTION_BLOCK_SKIP_RANGE, 2)
                    .set(PyramidAttentionBroadcast.CROSS_ATTENTION_BLOCK_SKIP_RANGE, 3)
                    .build());
            for (int step = 0; step < steps; step++) {
                // Names and tensors are those of OrtSession.run.
                try (CacheContext branch = transformer.cacheContext("cond");
                        Outputs outputs = transformer.run(Step.at(step, steps), inputs)) {
                    sampler.accept(outputs.get("sample"));
                }
            }
            System.out.println(transformer.summary()); // computed, reused, why, time, cache bytes
        }
        // example ends
    }

    @Test
    void theExampleRuns() {
        Path bundle = Optimizer.cut(PIXART.resolve("torchscript.onnx"), CutOptions.DEFAULTS)
                .write(folder.resolve("model.bundle"));
        Recording recording = Recording.read(PIXART);
        List<float[]> outputs = new ArrayList<>();
        // ONNX Runtime's threads are counted when the first model is opened, and tensors come after that.
        CachedTransformer.open(bundle, SessionSettings.cpu()).close();
        Map<String, OnnxTensor> inputs = new HashMap<>();
        recording.inputs(0).forEach((name, tensor) -> inputs.put(name, Tensors.toNative(tensor)));
        try {
            example(bundle, 3, inputs, velocity -> outputs.add(Tensors.floats(Tensors.fromNative(velocity))));
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }

        assertThat(outputs).hasSize(3);
        float[] expected = Tensors.floats(recording.output(0, Recording.UNCACHED));
        for (int i = 0; i < expected.length; i++) {
            assertThat(outputs.get(0)[i]).isCloseTo(expected[i], Offset.offset(1e-4f));
        }
    }

    /** Its commands from a model to a mask, on the digits model: each works, and none of them tests nothing. */
    @Test
    void theRecipeRuns() throws IOException {
        List<String> recipe = Files.readAllLines(Path.of("../README.md")).stream()
                .filter(line -> line.matches("\\./reprise +(optimize|record|verify|freeze) .*"))
                .map(line -> line.replaceFirst("\\./reprise +", "").replaceFirst(" +#.*", ""))
                .toList();
        assertThat(recipe).hasSize(4);
        for (String line : recipe) {
            String placed = line.replace(
                            "model.onnx",
                            DemoModels.digits().resolve("torchscript.onnx").toString())
                    .replaceAll("model\\.bundle|recording(?= |$)(?<!--recording)|mask\\.json", folder + "/$0");
            Object[] arguments = placed.split(" +");

            CommandLineRun run = CommandLineRun.of(arguments);

            assertThat(run.exitCode()).as(line + ": " + run.err()).isEqualTo(ExitCode.OK);
            assertThat(run.err()).isEmpty();
        }
    }

    @Test
    void theReadmeShowsTheExampleThatRuns() throws IOException {
        String source = Files.readString(SOURCE);
        String begin = "        // example begins\n";
        String example = source.substring(
                        source.indexOf(begin) + begin.length(), source.indexOf("        // example ends\n"))
                .lines()
                .map(line -> line.isEmpty() ? line : line.substring(8))
                .collect(Collectors.joining("\n"));

        assertThat(Files.readString(Path.of("../README.md"))).contains("```java\n" + example + "\n```");
    }
}
