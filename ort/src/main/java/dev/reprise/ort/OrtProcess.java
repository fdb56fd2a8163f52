package dev.reprise.ort;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import com.google.common.util.concurrent.Uninterruptibles;
import dev.reprise.ort.api.SessionConfig;
import dev.reprise.ort.capi.KeptEnvironment;
import dev.reprise.ort.capi.NativeLayer;
import dev.reprise.ort.capi.SharedArena;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ONNX Runtime in this process: its one environment. Never closed, because other code may use the environment too.
 *
 * <p>The environment is made by the first use, and with it the one thread pool that sessions may share: how many threads it has is
 * fixed from then on. When other code of the process was first, there is no such pool. ONNX Runtime's telemetry is turned off in an
 * environment that is made here.
 */
public final class OrtProcess {
    private static final Logger LOGGER = LoggerFactory.getLogger(OrtProcess.class);

    // Mutable and static because the environment is: one per process, with the first caller's threads.
    private static @Nullable OrtProcess process;

    private static final int NO_SHARED_POOL = -1;

    /** Address space, not memory: some 300 000 characters of command line. */
    private static final long DEEP_STACK = 64L << 20;

    private final OrtEnvironment environment;
    private final int sharedThreads;
    private final NativeLayer nativeLayer;
    private final @Nullable SharedArena arena;
    private final Map<SessionConfig, DeviceMemory> devices = new ConcurrentHashMap<>();

    private OrtProcess(OrtEnvironment environment, int sharedThreads) {
        this.environment = environment;
        this.sharedThreads = sharedThreads;
        KeptEnvironment.hold();
        this.nativeLayer = NativeLayer.of(environment);
        this.arena = arena(nativeLayer, environment);
    }

    private static @Nullable SharedArena arena(NativeLayer layer, OrtEnvironment environment) {
        if (!layer.isAvailable()) {
            LOGGER.info("sessions share neither an arena nor weights: {}", layer.description());
            return null;
        }
        try {
            SharedArena arena = SharedArena.register(layer, environment);
            LOGGER.debug("sessions share an arena and weights: {}", layer.description());
            return arena;
        } catch (OrtException e) {
            LOGGER.warn("sessions share no arena: {}", e.getMessage());
            return null;
        }
    }

    /** ONNX Runtime with its environment; if this is its first use, with as many threads as there are cores. */
    public static OrtProcess current() {
        return start(0);
    }

    /**
     * ONNX Runtime with its environment.
     *
     * @param threads of the shared pool, if this is the first use; 0 for as many as there are cores
     */
    public static synchronized OrtProcess start(int threads) {
        if (process == null) {
            process = onDeepStack(threads);
            LOGGER.debug("ONNX Runtime {}: {}", process.environment.getVersion(), process.describe());
        }
        return process;
    }

    /**
     * ONNX Runtime 1.29 for Linux matches the command line of the process with a recursive regular expression when its environment
     * is made, for its telemetry: with a class path of some 4 kB the default stack overflows, and the process dies.
     */
    private static OrtProcess onDeepStack(int threads) {
        FutureTask<OrtProcess> created = new FutureTask<>(() -> create(threads));
        Thread thread = new Thread(null, created, "onnxruntime-environment", DEEP_STACK);
        thread.setDaemon(true);
        thread.start();
        try {
            return Objects.requireNonNull(Uninterruptibles.getUninterruptibly(created));
        } catch (ExecutionException e) {
            throw new IllegalStateException("ONNX Runtime could not be started: " + e.getCause(), e.getCause());
        }
    }

    private static OrtProcess create(int threads) throws OrtException {
        try (OrtEnvironment.ThreadingOptions pool = new OrtEnvironment.ThreadingOptions()) {
            pool.setGlobalIntraOpNumThreads(countOf(threads));
            pool.setGlobalInterOpNumThreads(1);
            OrtEnvironment environment = OrtEnvironment.getEnvironment(
                    OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING, OrtEnvironment.DEFAULT_NAME, pool);
            environment.setTelemetry(false);
            return new OrtProcess(environment, countOf(threads));
        } catch (IllegalStateException e) {
            // The environment exists already; the message cannot tell it from a failure to create one, the next call
            // can.
            return new OrtProcess(OrtEnvironment.getEnvironment(), NO_SHARED_POOL);
        }
    }

    /**
     * Resolves a number of threads, 0 for one per core. Said to ONNX Runtime explicitly, because by itself it takes one thread per
     * physical core, which is one on a virtual machine whose two processors are one core, and knows no limits of a container.
     */
    static int countOf(int threads) {
        return threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
    }

    /** Threads of the pool that sessions may share, empty where there is none. */
    OptionalInt poolThreads() {
        return sharedThreads == NO_SHARED_POOL ? OptionalInt.empty() : OptionalInt.of(sharedThreads);
    }

    public OrtEnvironment environment() {
        return environment;
    }

    /** Whether ONNX Runtime's C API can be called, and if not, why not. */
    public NativeLayer nativeLayer() {
        return nativeLayer;
    }

    /** The memory of the device that such sessions run on: one for each configuration. */
    DeviceMemory device(SessionConfig config, Function<SessionConfig, DeviceMemory> making) {
        return devices.computeIfAbsent(config, making);
    }

    /** The arena that all sessions on the CPU use, if there is one. */
    public Optional<SharedArena> arena() {
        return Optional.ofNullable(arena);
    }

    /** Whether there is a pool of so many threads, 0 for as many as there are cores, that sessions may share. */
    boolean sharesPoolOf(int threads) {
        return countOf(threads) == sharedThreads;
    }

    /** The pool in words: {@code a shared pool of 2 threads}. */
    String describe() {
        if (sharedThreads == NO_SHARED_POOL) {
            return "no shared thread pool, because other code of this process made the environment";
        }
        return "a shared pool of " + sharedThreads + (sharedThreads == 1 ? " thread" : " threads");
    }
}
