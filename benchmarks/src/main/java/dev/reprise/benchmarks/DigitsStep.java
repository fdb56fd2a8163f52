package dev.reprise.benchmarks;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.cache.policy.FirstBlockCache;
import dev.reprise.demo.DemoModels;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.ort.NativeTensors;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.OriginalModel;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One step of the digits model, two samples [2, 1, 28, 28]: the exported model in one session, the cut one without a policy, and a
 * First Block Cache hit. Read the ratios; {@code reprise bench} interleaves the same on any bundle.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH calls setup before anything else.
public class DigitsStep {
    private static final int STEPS = 1_000_000;

    private final Map<String, OnnxTensor> inputs = new HashMap<>();
    private Path bundle = Path.of("");
    private OriginalModel original;
    private CachedTransformer cut;
    private CachedTransformer cached;
    private int step;

    @Setup
    public void open() throws IOException {
        Path model = DemoModels.digits().resolve("torchscript.onnx");
        bundle = Optimizer.cut(model, CutOptions.DEFAULTS)
                .write(Files.createTempDirectory("reprise").resolve("bundle"));
        original = OriginalModel.open(model, SessionSettings.cpu());
        cut = CachedTransformer.open(bundle, SessionSettings.cpu().withoutExactCaching());
        cached = cut.newGeneration();
        // The largest threshold there is: every step after the first is a hit.
        cached.enableCache(FirstBlockCache.builder()
                .set(FirstBlockCache.THRESHOLD, Double.MAX_VALUE)
                .build());
        Random random = new Random(0);
        put("hidden_states", random, 2, 1, 28, 28);
        put("encoder_hidden_states", random, 2, 4, 32);
        put("timestep", random, 2);
    }

    @TearDown
    public void close() {
        cached.close();
        cut.close();
        original.close();
        inputs.values().forEach(OnnxTensor::close);
    }

    @Benchmark
    public int unsplit() {
        return run(original::run);
    }

    @Benchmark
    public int cutWithoutPolicy() {
        return run(cut::run);
    }

    @Benchmark
    public int firstBlockCacheHit() {
        return run(cached::run);
    }

    private interface Model {
        Outputs run(Step step, Map<String, ? extends OnnxTensor> inputs);
    }

    private int run(Model model) {
        step = (step + 1) % STEPS;
        try (Outputs outputs = model.run(Step.at(step, STEPS).withTimestep(STEPS - step), inputs)) {
            return outputs.names().size();
        }
    }

    private void put(String name, Random random, long... shape) {
        int elements = 1;
        for (long dimension : shape) {
            elements *= (int) dimension;
        }
        float[] values = new float[elements];
        for (int i = 0; i < elements; i++) {
            values[i] = (float) random.nextGaussian();
        }
        inputs.put(name, NativeTensors.floats(values, shape));
    }
}
