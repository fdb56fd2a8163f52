package dev.reprise.ort;

import dev.reprise.ort.api.SessionConfig;
import dev.reprise.ort.capi.NativeLayer;
import dev.reprise.ort.provider.CpuProvider;
import dev.reprise.ort.provider.CudaProvider;
import dev.reprise.ort.provider.Device;
import dev.reprise.ort.provider.ExecutionProvider;
import dev.reprise.ort.provider.ProviderUnavailableException;
import dev.reprise.ort.provider.TensorRtProvider;
import dev.reprise.ort.provider.WebGpuProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** What the ONNX Runtime of this process has and can do, for a diagnosis. */
public final class Installation {
    /** One of each kind that ONNX Runtime itself may have. */
    public static final List<ExecutionProvider> PROVIDERS = List.of(
            new CpuProvider(),
            new CudaProvider(0, Map.of()),
            new TensorRtProvider(0, Map.of()),
            new WebGpuProvider(Map.of()));

    private final OrtProcess process;

    private final OrtRuntime runtime;
    private final SessionConfig config;

    private Installation(int threads) {
        process = OrtProcess.start(threads);
        runtime = new OrtRuntime(threads);
        config = SessionConfig.cpu().withThreads(threads);
    }

    /**
     * Starts ONNX Runtime, if it has not been started yet.
     *
     * @param threads of the shared pool, 0 for one per core
     * @throws IllegalStateException when it cannot be started
     */
    public static Installation start(int threads) {
        return new Installation(threads);
    }

    /**
     * The jars and folders of the class path that have ONNX Runtime's Java package. More than one is a mistake. A jar of the same
     * name in another folder is the same jar and counts once.
     */
    public static List<String> jars() {
        try {
            String file = "ai/onnxruntime/OrtEnvironment.class";
            Map<String, String> byName = new LinkedHashMap<>();
            for (URL url : Collections.list(Installation.class.getClassLoader().getResources(file))) {
                String jar = url.toString().replaceFirst("^jar:", "").replaceFirst("!?/" + file + "$", "");
                byName.putIfAbsent(jar.substring(jar.lastIndexOf('/') + 1), jar);
            }
            return List.copyOf(byName.values());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String version() {
        return process.environment().getVersion();
    }

    /**
     * Runs a model of one operator on a provider, in a session with the options of any other.
     *
     * @throws ProviderUnavailableException when that fails
     */
    public void require(ExecutionProvider provider) {
        runtime.require(config.withProvider(provider));
    }

    /** What providers offer here. Those of provider libraries appear when they have been used. */
    public List<Device> devices() {
        return Device.all(process.environment());
    }

    public NativeLayer nativeLayer() {
        return process.nativeLayer();
    }

    /** Threads of the pool that all sessions share, empty where there is none. */
    public OptionalInt poolThreads() {
        return process.poolThreads();
    }
}
