package dev.reprise.ort;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.ort.SessionSettings.CudaDevice;
import dev.reprise.ort.capi.SharedWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes sessions in the environment of this process.
 *
 * <p>A bundle has many sessions. With a pool of spinning threads each they would take the cores from one another, so they share the
 * environment's pool. Where there is none, each session has its own pool, which does not spin. They share an arena too, where ONNX
 * Runtime's C API can be called.
 */
public final class OrtRuntime {
    private static final Logger LOGGER = LoggerFactory.getLogger(OrtRuntime.class);

    private final OrtProcess process;

    /** @param threads of the shared pool, if this is the first use of ONNX Runtime in the process */
    public OrtRuntime(int threads) {
        process = OrtProcess.get(threads);
    }

    public OrtEnvironment environment() {
        return process.environment();
    }

    /** Whether sessions with these settings share the environment's thread pool. */
    public boolean sharesThreads(SessionSettings settings) {
        return process.sharesPoolOf(settings.threads());
    }

    /**
     * The folder of a model's external weights, for sessions to be opened over.
     *
     * @throws InvalidModelException when there is no such folder
     */
    public WeightFolder weights(Path folder) {
        return WeightFolder.open(folder, process.nativeLayer(), environment());
    }

    /** Gives memory that no tensor occupies back to the operating system. */
    public void releaseFreeMemory() {
        if (process.arena().isEmpty()) {
            return;
        }
        try {
            process.arena().get().shrink();
        } catch (OrtException e) {
            throw new IllegalStateException("the arena could not be shrunk", e);
        }
    }

    /**
     * Opens a model file.
     *
     * @param weights folder that external weights resolve against, null for the model's own
     */
    public OrtSession open(Path model, @Nullable WeightFolder weights, SessionSettings settings) {
        if (!Files.isRegularFile(model)) {
            throw new InvalidModelException("model file is missing: " + model);
        }
        SharedWeights shared = shared(weights, settings);
        return open(
                model.toString(),
                weights,
                settings,
                options -> shared == null
                        ? environment().createSession(model.toString(), options)
                        : shared.open(model, options));
    }

    /** Opens a model made in memory; as above. */
    public OrtSession open(String name, byte[] model, @Nullable WeightFolder weights, SessionSettings settings) {
        SharedWeights shared = shared(weights, settings);
        return open(
                name,
                weights,
                settings,
                options -> shared == null ? environment().createSession(model, options) : shared.open(model, options));
    }

    /** Weights in the CPU's memory are of no use to a session on a device. */
    private static @Nullable SharedWeights shared(@Nullable WeightFolder weights, SessionSettings settings) {
        return weights == null || settings.cuda() != null ? null : weights.shared();
    }

    private OrtSession open(String name, @Nullable WeightFolder weights, SessionSettings settings, Opening opening) {
        try (SessionOptions options = options(settings)) {
            if (weights != null) {
                weights.resolve(options);
            }
            return opening.open(options);
        } catch (IOException e) {
            throw new InvalidModelException(name + " cannot be read: " + e.getMessage(), e);
        } catch (OrtException e) {
            if (settings.optimizations() == OptLevel.NO_OPT) {
                throw new InvalidModelException("ONNX Runtime cannot open " + name + ": " + e.getMessage(), e);
            }
            // ONNX Runtime's own graph optimizers fail on some graphs that it runs well without them.
            OrtSession session = open(name, weights, settings.withoutOptimizations(), opening);
            LOGGER.warn("{} opened without graph optimizations, which fail on it: {}", name, e.getMessage());
            return session;
        }
    }

    private interface Opening {
        OrtSession open(SessionOptions options) throws OrtException, IOException;
    }

    /** @throws ProviderUnavailableException when sessions with these settings cannot be opened in this process */
    public void requireProvider(SessionSettings settings) {
        try (SessionOptions options = options(settings)) {
            options.getConfigEntries();
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime refused the session settings: " + e.getMessage(), e);
        }
    }

    @SuppressWarnings("MustBeClosedChecker")
    private SessionOptions options(SessionSettings settings) throws OrtException {
        SessionOptions options = new SessionOptions();
        try {
            if (sharesThreads(settings)) {
                options.disablePerSessionThreads();
            } else {
                options.setIntraOpNumThreads(OrtProcess.countOf(settings.threads()));
                options.addConfigEntry("session.intra_op.allow_spinning", "0");
            }
            options.setOptimizationLevel(settings.optimizations());
            placeTensors(options);
            // Whatever fails reaches the caller as an exception: no second report on standard error.
            options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
            if (!settings.prepacking()) {
                options.addConfigEntry("session.disable_prepacking", "1");
            }
            for (Map.Entry<String, String> entry : settings.configEntries().entrySet()) {
                options.addConfigEntry(entry.getKey(), entry.getValue());
            }
            if (settings.cuda() != null) {
                addCuda(options, settings.cuda());
            }
            return options;
        } catch (OrtException | RuntimeException e) {
            options.close();
            throw e;
        }
    }

    private void placeTensors(SessionOptions options) throws OrtException {
        if (process.arena().isPresent()) {
            process.arena().get().use(options);
            return;
        }
        // Arenas grow to the largest run and never shrink; with many sessions that is many times the largest run.
        options.setCPUArenaAllocator(false);
        // Without an arena a pattern is one big block, taken and given back in every run: slower and more than what it
        // holds.
        options.setMemoryPatternOptimization(false);
    }

    private static void addCuda(SessionOptions options, CudaDevice device) throws OrtException {
        try (OrtCUDAProviderOptions cuda = new OrtCUDAProviderOptions(device.id())) {
            for (Map.Entry<String, String> option : device.options().entrySet()) {
                cuda.add(option.getKey(), option.getValue());
            }
            options.addCUDA(cuda);
        } catch (OrtException e) {
            throw CudaRequirements.explain(e);
        }
    }
}
