package consumer;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.graph.bundle.TensorSpec;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Cuts a model and takes two steps with it, on inputs of one half: what the libraries need is there. */
public final class Main {
    private Main() {}

    public static void main(String[] args) throws IOException, OrtException {
        Path bundle = Files.createTempDirectory("consumer").resolve("model.bundle");
        Optimizer.cut(Path.of(args[0]), CutOptions.DEFAULTS).write(bundle);
        try (CachedTransformer transformer = CachedTransformer.open(bundle, SessionSettings.cpu())) {
            transformer.enableCache(PolicyCatalogue.parse("output_forecast", List.of("interval=2")));
            Map<String, OnnxTensor> inputs = new HashMap<>();
            for (TensorSpec input : transformer.inputs()) {
                inputs.put(input.name(), halves(input));
            }
            for (int step = 0; step < 2; step++) {
                transformer.run(Step.at(step, 2), inputs).close();
            }
            inputs.values().forEach(OnnxTensor::close);
            System.out.println(transformer.summary());
        }
    }

    private static OnnxTensor halves(TensorSpec input) throws OrtException {
        // Two guidance branches where the batch is dynamic.
        long[] shape = input.shape().stream().mapToLong(size -> size < 0 ? 2 : size).toArray();
        float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        Arrays.fill(values, 0.5f);
        return OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), FloatBuffer.wrap(values), shape);
    }
}
