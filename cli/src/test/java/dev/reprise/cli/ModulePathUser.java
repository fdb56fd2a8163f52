package dev.reprise.cli;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import java.nio.file.Path;
import java.util.Map;

/** A program of somebody else's: it cuts the digits model and runs two steps. {@link ModulePathIT} starts it. */
final class ModulePathUser {
    private ModulePathUser() {}

    public static void main(String[] args) throws OrtException {
        Path bundle = Optimizer.cut(Path.of(args[0]), CutOptions.DEFAULTS).write(Path.of(args[1]));
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (CachedTransformer transformer = CachedTransformer.open(bundle, SessionSettings.cpu());
                OnnxTensor latents = OnnxTensor.createTensor(environment, new float[2][1][28][28]);
                OnnxTensor prompt = OnnxTensor.createTensor(environment, new float[2][4][32]);
                OnnxTensor timestep = OnnxTensor.createTensor(environment, new float[] {1, 1})) {
            Map<String, OnnxTensor> inputs =
                    Map.of("hidden_states", latents, "encoder_hidden_states", prompt, "timestep", timestep);
            transformer.enableCache(PolicyCatalogue.parse("first_block_cache", Map.of("threshold", 0.1)));
            for (int step = 0; step < 2; step++) {
                try (Outputs outputs = transformer.run(Step.at(step, 2), inputs)) {
                    outputs.first();
                }
            }
            Module module = CachedTransformer.class.getModule();
            System.out.println(module.getName() + " ran " + transformer.trace().size() + " steps");
        }
    }
}
