package dev.reprise.runtime.tune;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.TestBundles;
import dev.reprise.runtime.TestTensors;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import dev.reprise.testdata.ForkedJvm;
import dev.reprise.testdata.TestModels;
import dev.reprise.testdata.WebGpuDevice;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Latents and outputs that stay on a device, which Java cannot read where they are. */
class RolloutRecorderIT {
    private static final int STEPS = 5;

    @TempDir
    private Path folder;

    /** Says whether what was recorded is what was there. */
    public static final class OnDevice {
        public static void main(String[] args) {
            SessionSettings settings = SessionSettings.webGpu(Map.of()).withOutputsOnDevice();
            try (CachedTransformer model = CachedTransformer.open(Path.of(args[0]), settings)) {
                String latents = Objects.requireNonNull(model.manifest().roles().latents());
                RolloutRecorder recorder = new RolloutRecorder(model);
                List<float[]> latentsThere = new ArrayList<>();
                List<float[]> outputsThere = new ArrayList<>();
                Map<String, OnnxTensor> inputs = TestTensors.denoising(model.manifest(), 1, 0, STEPS, 1);
                for (int i = 0; i < STEPS; i++) {
                    latentsThere.add(values(model, inputs.get(latents)));
                    try (Outputs outputs = recorder.run(Step.at(i, STEPS), inputs)) {
                        outputsThere.add(values(model, outputs.first()));
                        OnnxTensor next = model.combine(new float[] {1, -0.1f}, inputs.get(latents), outputs.first());
                        inputs.put(latents, next).close();
                    }
                }
                TestTensors.close(inputs);
                RolloutRecorder.Recorded recorded = recorder.recorded().orElseThrow();
                System.out.println("latents: " + same(latentsThere, recorded.latents()));
                System.out.println("outputs: "
                        + same(
                                outputsThere,
                                recorded.outputs().stream()
                                        .map(each -> each.get(0))
                                        .toList()));
            }
        }

        private static boolean same(List<float[]> there, List<float[]> recorded) {
            return Arrays.deepEquals(there.toArray(), recorded.toArray());
        }

        private static float[] values(CachedTransformer model, OnnxTensor tensor) {
            try (OnnxTensor copy = model.toHost(tensor)) {
                float[] values = new float[(int) copy.getInfo().getNumElements()];
                copy.getFloatBuffer().get(values);
                return values;
            }
        }
    }

    @Test
    void whatStaysOnTheDeviceIsRecordedAsItIs() throws Exception {
        ForkedJvm jvm = WebGpuDevice.requireJvm();
        Path flux = TestBundles.cut(TestModels.golden("flux").resolve("dynamo.onnx"), folder);
        assertThat(jvm.run(OnDevice.class, flux.toString())).contains("latents: true", "outputs: true");
    }
}
