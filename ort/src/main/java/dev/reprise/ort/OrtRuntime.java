package dev.reprise.ort;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.ort.api.GraphOptimizations;
import dev.reprise.ort.api.SessionConfig;
import dev.reprise.ort.capi.SharedArena;
import dev.reprise.ort.provider.CpuProvider;
import dev.reprise.ort.provider.ExecutionProvider;
import dev.reprise.ort.provider.ProviderChoice;
import dev.reprise.ort.provider.ProviderFailure;
import dev.reprise.ort.provider.ProviderProbe;
import dev.reprise.ort.provider.ProviderUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens sessions in the environment of this process.
 *
 * <p>A bundle has many sessions. With a pool of spinning threads each they would take the cores from one another, so they share the
 * environment's pool. Where there is none of their size, each session has its own pool, which does not spin.
 * They share an arena too, where ONNX Runtime's C API can be called.
 */
public final class OrtRuntime {
    private static final Logger LOGGER = LoggerFactory.getLogger(OrtRuntime.class);

    private static final Object ONE_AT_A_TIME = new Object();

    private final OrtProcess process;

    /** @param threads of the shared pool, if this is the first use of ONNX Runtime in the process */
    public OrtRuntime(int threads) {
        process = OrtProcess.start(threads);
    }

    private OrtEnvironment environment() {
        return process.environment();
    }

    /** Whether such sessions share the environment's thread pool. */
    public boolean sharesThreads(SessionConfig config) {
        return process.sharesPoolOf(config.threads());
    }

    /** What is amiss with the threads of such sessions, in words; empty when they share the environment's pool. */
    public Optional<String> threadWarning(SessionConfig config) {
        return sharesThreads(config) || config.threads() == 1
                ? Optional.empty()
                : Optional.of("every session has a pool of its own of "
                        + OrtProcess.countOf(config.threads()) + " threads"
                        + "; this process has " + process.describe());
    }

    /**
     * The folder of a model's external weights, for sessions to be opened over.
     *
     * @param device that the sessions run on, null on the CPU and where tensors cannot stay on the device
     * @throws InvalidModelException when there is no such folder
     */
    public Weights weights(Path folder, @Nullable DeviceMemory device) {
        if (device != null) {
            return new DeviceWeights(folder, process.nativeLayer(), environment(), device);
        }
        return WeightFolder.open(folder, process.nativeLayer(), environment());
    }

    /** Bytes that the arena of the CPU's memory takes, for all models of the process; empty where sessions share none. */
    public OptionalLong arenaBytes() {
        if (process.arena().isEmpty()) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(process.arena().get().statistics().reservedBytes());
        } catch (OrtException e) {
            throw new IllegalStateException("the arena does not tell its size", e);
        }
    }

    /** From now on memory of finished tensors is kept for somebody who computes, until {@link #endUse}. */
    public void beginUse() {
        process.arena().ifPresent(SharedArena::enter);
    }

    /** Undoes one {@link #beginUse}. After the last one in the process, memory that no tensor occupies goes back to the operating system. */
    public void endUse() {
        onArena(SharedArena::leave);
    }

    /** Gives memory that no tensor occupies back to the operating system. */
    public void releaseFreeMemory() {
        onArena(SharedArena::shrink);
    }

    private interface ArenaAction {
        void apply(SharedArena arena) throws OrtException;
    }

    private void onArena(ArenaAction action) {
        if (process.arena().isEmpty()) {
            return;
        }
        try {
            action.apply(process.arena().get());
        } catch (OrtException e) {
            throw new IllegalStateException("the arena could not be shrunk", e);
        }
    }

    /**
     * Opens a model file, with its external weights beside it.
     *
     * @throws InvalidModelException when ONNX Runtime refuses it
     */
    public ModelSession open(Path model, SessionConfig config) {
        if (!Files.isRegularFile(model)) {
            throw new InvalidModelException("model file is missing: " + model);
        }
        return open(model.toString(), config, options -> alone(environment().createSession(model.toString(), options)));
    }

    /**
     * Opens a model file as a program without this library does: ONNX Runtime's default options, on the configured provider. Its
     * threads are those of the other sessions, so that neither spins while the other one computes.
     *
     * @throws InvalidModelException when ONNX Runtime refuses it
     */
    public ModelSession openPlain(Path model, SessionConfig config) {
        if (!Files.isRegularFile(model)) {
            throw new InvalidModelException("model file is missing: " + model);
        }
        try (SessionOptions options = new SessionOptions()) {
            placeThreads(options, config);
            options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
            config.provider().addTo(options);
            OrtSession session = environment().createSession(model.toString(), options);
            return new ModelSession(session, Map.of(), model.toString(), null);
        } catch (OrtException e) {
            throw refused(model.toString(), e);
        }
    }

    /** Opens a model made in memory that has no external weights; as above. */
    public ModelSession open(String name, byte[] model, SessionConfig config) {
        return open(name, config, options -> alone(environment().createSession(model, options)));
    }

    /** Opens a model made in memory; as above. */
    public ModelSession open(String name, ModelProto model, Weights weights, SessionConfig config) {
        return open(name, config, options -> weights.open(environment(), model, options, config.provider()));
    }

    private ModelSession open(String name, SessionConfig config, Opening opening) {
        try {
            return session(create(config, opening), name, config);
        } catch (OrtException e) {
            if (config.optimizations() == GraphOptimizations.NONE || !OptimizerFailure.isCauseOf(e)) {
                throw refused(name, e);
            }
            return openWithoutOptimizations(name, config, opening, e);
        } catch (IOException e) {
            throw unreadable(name, e);
        }
    }

    private ModelSession session(Weights.Opened opened, String name, SessionConfig config) {
        return new ModelSession(opened.session(), opened.fed(), name, isBound(config) ? process.nativeLayer() : null);
    }

    /** On the CPU plain runs are as fast as bound ones, and there is nothing to save. */
    private boolean isBound(SessionConfig config) {
        return !(config.provider() instanceof CpuProvider)
                && process.nativeLayer().isAvailable();
    }

    /**
     * @throws ProviderUnavailableException when results of such sessions cannot stay on their device; on the CPU they can
     */
    public void requireBoundRuns(SessionConfig config) {
        if (!(config.provider() instanceof CpuProvider) && !isBound(config)) {
            throw new ProviderUnavailableException(
                    config.provider(),
                    "outputs cannot stay on the device, because ONNX Runtime's C API cannot be called: "
                            + process.nativeLayer().description(),
                    "leave outputs in the memory of the CPU",
                    null);
        }
    }

    /** The memory of the device that such sessions run on, null on the CPU and where tensors cannot stay on the device. */
    public @Nullable DeviceMemory deviceMemory(SessionConfig config) {
        return isBound(config)
                ? process.device(config, key -> new DeviceMemory(this, key, process.nativeLayer()))
                : null;
    }

    /** ONNX Runtime's own graph optimizers fail on some graphs that it runs well without them. */
    private ModelSession openWithoutOptimizations(
            String name, SessionConfig config, Opening opening, OrtException failure) {
        try {
            Weights.Opened session = create(config.withOptimizations(GraphOptimizations.NONE), opening);
            LOGGER.warn("{} opened without graph optimizations, which fail on it: {}", name, failure.getMessage());
            return session(session, name, config);
        } catch (OrtException | IOException | RuntimeException e) {
            InvalidModelException refused = refused(name, failure);
            refused.addSuppressed(e);
            throw refused;
        }
    }

    private Weights.Opened create(SessionConfig config, Opening opening) throws OrtException, IOException {
        try (SessionOptions options = options(config)) {
            return opening.open(options);
        }
    }

    private static InvalidModelException unreadable(String name, IOException e) {
        return new InvalidModelException(name + " cannot be read: " + e.getMessage(), e);
    }

    private static InvalidModelException refused(String name, OrtException e) {
        return new InvalidModelException("ONNX Runtime cannot open " + name + ": " + e.getMessage(), e);
    }

    private static Weights.Opened alone(OrtSession session) {
        return new Weights.Opened(session, Map.of());
    }

    private interface Opening {
        Weights.Opened open(SessionOptions options) throws OrtException, IOException;
    }

    /**
     * The first of the configured providers that a model of one operator runs on. The CPU needs no trial.
     *
     * @throws ProviderUnavailableException when it runs on none; the message says why for each
     */
    public ProviderChoice choose(SessionConfig config) {
        return inTurn(
                config,
                () -> ProviderChoice.of(config.providers(), provider -> {
                    if (!(provider instanceof CpuProvider)) {
                        require(config.withProvider(provider));
                    }
                }));
    }

    /** @throws ProviderUnavailableException when a model of one operator does not run on the configured provider */
    void require(SessionConfig config) {
        try (SessionOptions options = options(config)) {
            ProviderProbe.run(environment(), options);
        } catch (OrtException e) {
            throw ProviderFailure.of(config.provider(), e);
        }
    }

    private static OptLevel level(GraphOptimizations optimizations) {
        return switch (optimizations) {
            case NONE -> OptLevel.NO_OPT;
            case BASIC -> OptLevel.BASIC_OPT;
            case EXTENDED -> OptLevel.EXTENDED_OPT;
            case ALL -> OptLevel.ALL_OPT;
        };
    }

    /**
     * Does something with such sessions: opens, runs or closes them. Where they must not run at the same time, one after the other in
     * the whole process.
     */
    public <T> T inTurn(SessionConfig config, Supplier<T> action) {
        if (config.providers().stream().allMatch(ExecutionProvider::runsConcurrently)) {
            return action.get();
        }
        synchronized (ONE_AT_A_TIME) {
            return action.get();
        }
    }

    /** Where such sessions run: {@code cpu, 2 threads}. */
    public String describe(SessionConfig config) {
        int threads = OrtProcess.countOf(config.threads());
        return config.provider().name() + ", " + threads + (threads == 1 ? " thread" : " threads");
    }

    @SuppressWarnings("MustBeClosedChecker")
    private SessionOptions options(SessionConfig config) throws OrtException {
        SessionOptions options = new SessionOptions();
        try {
            placeThreads(options, config);
            options.setOptimizationLevel(level(config.optimizations()));
            placeTensors(options);
            // Whatever fails reaches the caller as an exception: no second report on standard error.
            options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
            // It makes a Gemm of a product and its bias wherever it knows the shapes. Sessions that know them and
            // others
            // would then pack a weight in two forms, and the bias is no longer fused with what comes behind it.
            options.addConfigEntry("optimization.disable_specified_optimizers", "MatMulAddFusion");
            if (!config.prepacking()) {
                options.addConfigEntry("session.disable_prepacking", "1");
            }
            for (Map.Entry<String, String> entry : config.entries().entrySet()) {
                options.addConfigEntry(entry.getKey(), entry.getValue());
            }
            config.provider().addTo(options);
            return options;
        } catch (OrtException | RuntimeException e) {
            options.close();
            throw e;
        }
    }

    private void placeThreads(SessionOptions options, SessionConfig config) throws OrtException {
        if (sharesThreads(config)) {
            options.disablePerSessionThreads();
        } else {
            options.setIntraOpNumThreads(OrtProcess.countOf(config.threads()));
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
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
}
