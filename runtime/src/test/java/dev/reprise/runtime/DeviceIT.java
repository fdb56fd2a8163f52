package dev.reprise.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.math.Tensor;
import dev.reprise.demo.DemoModels;
import dev.reprise.graph.ElementType;
import dev.reprise.ort.OrtProcess;
import dev.reprise.ort.api.TransferCount;
import dev.reprise.ort.capi.BoundSession;
import dev.reprise.ort.capi.NativeLayer;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.Step;
import dev.reprise.testdata.ForkedJvm;
import dev.reprise.testdata.TestModels;
import dev.reprise.testdata.WebGpuDevice;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Generations on a provider whose memory is not the CPU's. */
class DeviceIT {
    private static final int STEPS = 5;
    private static final int BATCH = 2;

    @TempDir
    private Path folder;

    private final ForkedJvm jvm = WebGpuDevice.requireJvm();

    private Path pixart() {
        return TestBundles.cut(TestModels.golden("pixart").resolve("torchscript_dynamic.onnx"), folder);
    }

    private static Map<String, OnnxTensor> inputs(CachedTransformer transformer, int step) {
        return TestTensors.denoising(transformer.manifest(), 1, step, STEPS, BATCH);
    }

    private static void enable(CachedTransformer transformer, String name) {
        transformer.disableCache();
        transformer.resetCache();
        if (!name.equals("none")) {
            CachePolicy policy = PolicySettings.of(name).active();
            transformer.enableCache(policy);
        }
    }

    /** Prints what crossed in every step, by policy. */
    public static final class Transfers {
        public static void main(String[] args) {
            // The policies run one after the other on one prompt: none is to find what the one before it computed.
            SessionSettings settings = SessionSettings.webGpu(Map.of()).withoutSharedCache();
            try (CachedTransformer transformer = CachedTransformer.open(Path.of(args[0]), settings)) {
                for (String policy : Arrays.asList(args).subList(1, args.length)) {
                    enable(transformer, policy);
                    for (int i = 0; i < STEPS; i++) {
                        Map<String, OnnxTensor> inputs = inputs(transformer, i);
                        TestTensors.take(transformer.run(Step.at(i, STEPS), inputs));
                        TestTensors.close(inputs);
                        print(policy, transformer.trace().get(i).transfers());
                    }
                    System.out.println(
                            policy + " keeps " + transformer.summary().deviceCacheBytes() + " of "
                                    + transformer.summary().cacheBytes());
                }
            }
        }

        private static void print(String policy, TransferCount count) {
            System.out.println(
                    policy + ": " + count.toDevice() + " up, " + count.toHost() + " down, " + count.waits() + " waits");
        }
    }

    /**
     * Up: the inputs that changed, the latents (the timestep is read by an operator on the CPU); in the first step the prompt too.
     * Down: the output and the figures that decide: First Block Cache's difference, and whether an output that rests on reuse is
     * finite. Nothing between stages, and one wait for all that comes down at once.
     */
    @Test
    void onlyChangedInputsFiguresAndOutputsCross() throws Exception {
        List<String> lines = jvm.run(
                Transfers.class,
                pixart().toString(),
                "none",
                "first_block_cache",
                "pyramid_attention_broadcast",
                "magcache",
                "taylorseer",
                "faster_cache");

        assertThat(lines)
                .containsSequence(
                        "none: 2 up, 1 down, 1 waits",
                        "none: 1 up, 1 down, 1 waits",
                        "none: 1 up, 1 down, 1 waits",
                        "none: 1 up, 1 down, 1 waits",
                        "none: 1 up, 1 down, 1 waits")
                // The norm of the first residual, then its difference to each later one and whether the output is
                // finite.
                .containsSequence(
                        "first_block_cache: 2 up, 2 down, 2 waits",
                        "first_block_cache: 1 up, 3 down, 3 waits",
                        "first_block_cache: 1 up, 3 down, 3 waits",
                        "first_block_cache: 1 up, 3 down, 3 waits",
                        "first_block_cache: 1 up, 3 down, 3 waits")
                .containsSequence(
                        "pyramid_attention_broadcast: 2 up, 1 down, 1 waits",
                        "pyramid_attention_broadcast: 1 up, 2 down, 2 waits",
                        "pyramid_attention_broadcast: 1 up, 1 down, 1 waits",
                        "pyramid_attention_broadcast: 1 up, 2 down, 2 waits",
                        "pyramid_attention_broadcast: 1 up, 1 down, 1 waits")
                .containsSequence(
                        "magcache: 2 up, 1 down, 1 waits",
                        "magcache: 1 up, 1 down, 1 waits",
                        "magcache: 1 up, 2 down, 2 waits",
                        "magcache: 1 up, 2 down, 2 waits",
                        "magcache: 1 up, 2 down, 2 waits")
                // The span between two computed steps, or the weights of a forecast: once for all modules.
                .containsSequence(
                        "taylorseer: 2 up, 1 down, 1 waits",
                        "taylorseer: 2 up, 1 down, 1 waits",
                        "taylorseer: 2 up, 1 down, 1 waits",
                        "taylorseer: 2 up, 2 down, 2 waits",
                        "taylorseer: 2 up, 1 down, 1 waits")
                .containsSequence(
                        "faster_cache: 2 up, 1 down, 1 waits",
                        "faster_cache: 1 up, 2 down, 2 waits",
                        "faster_cache: 1 up, 1 down, 1 waits",
                        "faster_cache: 2 up, 2 down, 2 waits",
                        "faster_cache: 1 up, 1 down, 1 waits");
        assertThat(lines)
                .as("what is kept is kept on the device, but for the timestep's embedding in sines")
                .filteredOn(line -> line.contains(" keeps "))
                .hasSize(6)
                .allMatch(line -> difference(line) == 528);
    }

    /** Of a line that ends in {@code 2272 of 2800}. */
    private static long difference(String line) {
        List<String> words = Arrays.asList(line.split(" ", -1));
        return Long.parseLong(words.get(words.size() - 1)) - Long.parseLong(words.get(words.size() - 3));
    }

    /** Without ONNX Runtime's C API every tensor between stages crosses twice; the results are the same. */
    @Test
    void withoutTheCApiTensorsCrossBetweenStages() throws Exception {
        List<String> lines = jvm.property(NativeLayer.PROPERTY, "off")
                .run(Transfers.class, pixart().toString(), "none", "pyramid_attention_broadcast");

        assertThat(lines).filteredOn(line -> line.startsWith("none: ")).hasSize(STEPS);
        assertThat(lines).contains("none keeps 0 of 2800");
        assertThat(lines)
                .filteredOn(line -> line.startsWith("pyramid_attention_broadcast: "))
                .hasSize(STEPS)
                .noneMatch(line -> line.contains(": 2 up") || line.contains(": 1 up"));
    }

    /** A sampler's loop whose latents stay on the device, with outputs that do too and with outputs that come to the host. */
    public static final class SamplerLoop {
        public static void main(String[] args) throws OrtException {
            Path bundle = Path.of(args[0]);
            SessionSettings settings = SessionSettings.webGpu(Map.of());
            float[] onDevice = loop(bundle, settings.withOutputsOnDevice());
            float[] onHost = loop(bundle, settings);
            System.out.println("equal=" + (Arrays.equals(onDevice, onHost) ? 1 : 0));
        }

        private static float[] loop(Path bundle, SessionSettings settings) throws OrtException {
            NativeLayer layer = NativeLayer.of(OrtProcess.current().environment());
            CachedTransformer opened = CachedTransformer.open(bundle, settings);
            try (CachedTransformer transformer = opened) {
                enable(transformer, "first_block_cache");
                String latents = transformer.manifest().roles().latents();
                Map<String, OnnxTensor> first = inputs(transformer, 0);
                OnnxTensor x = transformer.combine(new float[] {1}, first.get(latents));
                for (int i = 0; i < STEPS; i++) {
                    Map<String, OnnxTensor> fed = new HashMap<>(first);
                    fed.put(latents, x);
                    try (Outputs outputs = transformer.run(Step.at(i, STEPS), fed)) {
                        OnnxTensor next = transformer.combine(new float[] {1, -0.1f}, x, outputs.first());
                        System.out.println("output on the device: " + BoundSession.isOnDevice(layer, outputs.first())
                                + ", latents: " + BoundSession.isOnDevice(layer, next) + ", "
                                + transformer.trace().get(i).transfers());
                        x.close();
                        x = next;
                    }
                }
                try (OnnxTensor result = transformer.toHost(x)) {
                    float[] values = new float[(int) result.getInfo().getNumElements()];
                    result.getFloatBuffer().get(values);
                    return values;
                } finally {
                    x.close();
                    TestTensors.close(first);
                }
            } finally {
                System.out.println("live=" + opened.liveTensors().count());
            }
        }
    }

    @Test
    void latentsMayStayOnTheDeviceFromStepToStep() throws Exception {
        Path flux = TestBundles.cut(TestModels.golden("flux").resolve("dynamo.onnx"), folder);
        List<String> lines = jvm.run(SamplerLoop.class, flux.toString());

        assertThat(lines)
                .filteredOn(line -> line.startsWith("output on the device: true, latents: true"))
                .hasSize(STEPS);
        assertThat(lines)
                .filteredOn(line -> line.startsWith("output on the device: false, latents: true"))
                .hasSize(STEPS);
        assertThat(lines).filteredOn(line -> line.equals("live=0")).hasSize(2);
        assertThat(lines).contains("equal=1");
    }

    /** Closes outputs after the model that made them, as a caller does who hands them on. */
    public static final class OutputsThatOutlive {
        public static void main(String[] args) {
            SessionSettings settings = SessionSettings.webGpu(Map.of()).withOutputsOnDevice();
            for (int round = 0; round < 2; round++) {
                Outputs outputs;
                OnnxTensor doubled;
                CachedTransformer opened = CachedTransformer.open(Path.of(args[0]), settings);
                try (CachedTransformer transformer = opened) {
                    Map<String, OnnxTensor> inputs = inputs(transformer, 0);
                    outputs = transformer.run(Step.at(0, STEPS), inputs);
                    doubled = transformer.combine(new float[] {2}, outputs.first());
                    TestTensors.close(inputs);
                }
                outputs.close();
                doubled.close();
                System.out.println("live=" + opened.liveTensors().count());
            }
        }
    }

    @Test
    void outputsOnTheDeviceMayOutliveTheirModel() throws Exception {
        assertThat(jvm.run(OutputsThatOutlive.class, pixart().toString())).containsSubsequence("live=0", "live=0");
    }

    /** Generations that repeat a prompt, with little room and changes of the policy, which close sessions. */
    public static final class SharedPrompt {
        public static void main(String[] args) {
            SessionSettings settings = SessionSettings.webGpu(Map.of()).withSharedCacheBudget(64 << 10);
            CachedTransformer opened = CachedTransformer.open(Path.of(args[0]), settings);
            try (CachedTransformer transformer = opened) {
                for (String policy : List.of("none", "pyramid_attention_broadcast", "first_block_cache", "none")) {
                    List<byte[]> alone = outputs(transformer.newIsolatedGeneration(), policy);
                    boolean equal = true;
                    for (int i = 0; i < 3; i++) {
                        equal &= Arrays.deepEquals(
                                outputs(transformer.newGeneration(), policy).toArray(), alone.toArray());
                    }
                    System.out.println(policy + " equal=" + equal);
                }
                System.out.println("on the device=" + (transformer.summary().sharedCacheBytes() > 0));
            }
            System.out.println("live=" + opened.liveTensors().count());
        }

        private static List<byte[]> outputs(CachedTransformer generation, String policy) {
            List<byte[]> outputs = new ArrayList<>();
            try (generation) {
                enable(generation, policy);
                for (int i = 0; i < STEPS; i++) {
                    Map<String, OnnxTensor> inputs = inputs(generation, i);
                    outputs.add(TestTensors.take(generation.run(Step.at(i, STEPS), inputs)));
                    TestTensors.close(inputs);
                }
                System.out.println(policy + " shared=" + generation.summary().segmentsShared());
            }
            return outputs;
        }
    }

    @Test
    void aRepeatedPromptIsFoundOnTheDevice() throws Exception {
        List<String> lines = jvm.run(SharedPrompt.class, pixart().toString());

        assertThat(lines).filteredOn(line -> line.endsWith(" equal=true")).hasSize(4);
        assertThat(lines).filteredOn(line -> line.endsWith(" shared=0")).hasSizeBetween(4, 8);
        assertThat(lines).contains("on the device=true", "live=0");
    }

    /** Fragments of many image sizes, some of whose results are kept from step to step. */
    public static final class ManyFragments {
        public static void main(String[] args) {
            CachedTransformer opened = CachedTransformer.open(Path.of(args[0]), SessionSettings.webGpu(Map.of()));
            try (CachedTransformer transformer = opened) {
                transformer.enableCache(TestPolicy.before(Set.of(), step -> {
                    for (int size = 5; size < 85; size++) {
                        Tensor made = step.math().lowPass(step.math().zeros(ElementType.FLOAT, 1, 1, size, 5));
                        if (size % 10 == step.index()) {
                            step.cache().put("size" + size, made);
                        }
                    }
                }));
                for (int i = 0; i < 3; i++) {
                    Map<String, OnnxTensor> inputs = inputs(transformer, i);
                    TestTensors.take(transformer.run(Step.at(i, STEPS), inputs));
                    TestTensors.close(inputs);
                    System.out.println("open=" + transformer.openFragments());
                }
            }
            System.out.println("live=" + opened.liveTensors().count());
        }
    }

    @Test
    void fragmentsOfManyImageSizesDoNotPileUp() throws Exception {
        List<String> lines = jvm.run(ManyFragments.class, pixart().toString());

        assertThat(lines).filteredOn(line -> line.equals("open=64")).hasSize(3);
        assertThat(lines).contains("live=0");
    }

    /** Prints by how much two policies differ on the device from the CPU, on a model whose weights are large enough to be shared. */
    public static final class LargeWeights {
        private static final int LARGE_STEPS = 2;

        public static void main(String[] args) {
            List<float[]> device = outputs(Path.of(args[0]), SessionSettings.webGpu(Map.of()));
            List<float[]> cpu = outputs(Path.of(args[0]), SessionSettings.cpu());
            double largest = 0;
            for (int i = 0; i < cpu.size(); i++) {
                for (int j = 0; j < cpu.get(i).length; j++) {
                    largest = Math.max(largest, Math.abs(cpu.get(i)[j] - device.get(i)[j]));
                }
            }
            System.out.println("outputs=" + cpu.size());
            System.out.println("millionths=" + Math.round(1e6 * largest));
        }

        private static List<float[]> outputs(Path bundle, SessionSettings settings) {
            List<float[]> all = new ArrayList<>();
            try (CachedTransformer transformer = CachedTransformer.open(bundle, settings)) {
                for (String policy : List.of("none", "first_block_cache")) {
                    enable(transformer, policy);
                    for (int i = 0; i < LARGE_STEPS; i++) {
                        Map<String, OnnxTensor> inputs = TestTensors.denoising(transformer.manifest(), 1, i, STEPS, 1);
                        try (Outputs outputs = transformer.run(Step.at(i, STEPS), inputs)) {
                            float[] values =
                                    new float[(int) outputs.first().getInfo().getNumElements()];
                            outputs.first().getFloatBuffer().get(values);
                            all.add(values);
                        }
                        TestTensors.close(inputs);
                    }
                }
            }
            return all;
        }
    }

    @Test
    void sharedWeightsGiveTheResultsOfTheCpu() throws Exception {
        Path digits = TestBundles.cut(DemoModels.digits().resolve("torchscript.onnx"), folder);

        Map<String, Long> found = ForkedJvm.numbers(jvm.run(LargeWeights.class, digits.toString()));

        assertThat(found.get("outputs")).isEqualTo(4);
        assertThat(found.get("millionths")).isLessThan(1000);
    }

    /** Prints by how much the process grew in many steps with policies that change. */
    public static final class ManySteps {
        private static final int MANY = 80;

        public static void main(String[] args) throws Exception {
            SessionSettings settings = SessionSettings.webGpu(Map.of());
            CachedTransformer opened = CachedTransformer.open(Path.of(args[0]), settings);
            try (CachedTransformer transformer = opened) {
                run(transformer, MANY);
                long before = ForkedJvm.anonymousBytes();
                run(transformer, MANY);
                System.out.println("kilobytes=" + (ForkedJvm.anonymousBytes() - before) / 1000);
            }
            System.out.println("live=" + opened.liveTensors().count());
        }

        private static void run(CachedTransformer transformer, int steps) {
            List<String> policies = List.of("none", "first_block_cache", "pyramid_attention_broadcast", "taylorseer");
            for (int step = 0; step < steps; step++) {
                if (step % STEPS == 0) {
                    enable(transformer, policies.get(step / STEPS % policies.size()));
                }
                Map<String, OnnxTensor> inputs = inputs(transformer, step % STEPS);
                TestTensors.take(transformer.run(Step.at(step % STEPS, STEPS), inputs));
                TestTensors.close(inputs);
            }
        }
    }

    @Test
    void memoryIsFlat() throws Exception {
        List<String> lines = jvm.run(ManySteps.class, pixart().toString());

        assertThat(lines).contains("live=0");
        // Sessions that are opened again and their shaders; what every step leaves behind would be more.
        assertThat(ForkedJvm.numbers(lines).get("kilobytes")).isLessThan(24_000);
    }

    /** Prints whether generations of several threads give what one gives. */
    public static final class Threads {
        private static final int THREADS = 4;

        public static void main(String[] args) throws Exception {
            SessionSettings settings = SessionSettings.webGpu(Map.of());
            CachedTransformer opened = CachedTransformer.open(Path.of(args[0]), settings);
            ExecutorService threads = Executors.newFixedThreadPool(THREADS);
            try (CachedTransformer transformer = opened) {
                byte[] alone = generation(transformer);
                List<Future<byte[]>> together = new ArrayList<>();
                for (int i = 0; i < 2 * THREADS; i++) {
                    together.add(threads.submit(() -> {
                        try (CachedTransformer own = transformer.newGeneration()) {
                            return generation(own);
                        }
                    }));
                }
                int equal = 0;
                for (Future<byte[]> generation : together) {
                    equal += Arrays.equals(alone, generation.get()) ? 1 : 0;
                }
                System.out.println("equal=" + equal);
            } finally {
                threads.shutdown();
            }
            System.out.println("live=" + opened.liveTensors().count());
        }

        private static byte[] generation(CachedTransformer transformer) {
            enable(transformer, "first_block_cache");
            byte[] last = new byte[0];
            for (int i = 0; i < STEPS; i++) {
                Map<String, OnnxTensor> inputs = inputs(transformer, i);
                last = TestTensors.take(transformer.run(Step.at(i, STEPS), inputs));
                TestTensors.close(inputs);
            }
            return last;
        }
    }

    @Test
    void generationsOfSeveralThreadsGiveWhatOneGives() throws Exception {
        assertThat(jvm.run(Threads.class, pixart().toString())).contains("equal=8", "live=0");
    }
}
