package dev.reprise.ort.capi;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;
import dev.reprise.cache.math.Fragment;
import dev.reprise.graph.ElementType;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One arena of CPU memory for all sessions of the process that ask for it, registered with the environment for good.
 *
 * <p>An arena keeps the memory of finished tensors for the next ones, which without it the operating system maps, clears and takes
 * back in every run. By default each session has one of its own, and each grows to its largest run. A cut model has many sessions
 * of which one runs at a time: in one arena they use the same memory one after the other.
 *
 * <p>The arena grows by what is asked for, not in powers of two, so that whole pieces become free and {@link #shrink} can give them back.
 */
public final class SharedArena {
    private static final Logger LOGGER = LoggerFactory.getLogger(SharedArena.class);

    private static final String USE_ENVIRONMENT_ALLOCATORS = "session.use_env_allocators";
    private static final String WEIGHTS_OUTSIDE = "session.use_device_allocator_for_initializers";

    /** Values of the C enums {@code OrtAllocatorType} and {@code OrtMemType}. */
    private static final int ARENA_ALLOCATOR = 1;

    private static final int DEFAULT_MEMORY = 0;

    /** Value of {@code arena_extend_strategy}: extend by the size that was asked for. */
    private static final long SAME_AS_REQUESTED = 1;

    private static final Fragment COPY = Fragment.copy(ElementType.FLOAT);

    private final OrtApi api;
    private final OrtEnvironment environment;

    /** The smallest session in the arena: asks for its statistics, and its run shrinks it. Lives as long as the arena. */
    private final OrtSession session;

    private int users;

    private SharedArena(OrtApi api, OrtEnvironment environment) throws OrtException {
        this.api = api;
        this.environment = environment;
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
            use(options);
            session = environment.createSession(COPY.model(), options);
        }
        // An arena never gives its first piece back: let it be a tiny one.
        shrink();
    }

    /**
     * Registers the arena with the environment. Once per process: a second one replaces it for sessions that are opened later.
     *
     * @throws IllegalStateException when the layer is not available
     */
    public static SharedArena register(NativeLayer layer, OrtEnvironment environment) throws OrtException {
        OrtApi api = layer.required();
        long configuration = arenaConfiguration(api, Map.of("arena_extend_strategy", SAME_AS_REQUESTED));
        try {
            long memory = cpuMemory(api);
            try {
                api.call(Slot.CreateAndRegisterAllocator, api.handles().environment(), memory, configuration);
            } finally {
                api.release(Slot.ReleaseMemoryInfo, memory);
            }
        } finally {
            api.release(Slot.ReleaseArenaCfg, configuration);
        }
        return new SharedArena(api, environment);
    }

    private static long arenaConfiguration(OrtApi api, Map<String, Long> entries) throws OrtException {
        Memory[] names = new Memory[entries.size()];
        Memory keys = new Memory((long) names.length * Long.BYTES);
        Memory values = new Memory((long) names.length * Long.BYTES);
        int i = 0;
        for (Map.Entry<String, Long> entry : entries.entrySet()) {
            names[i] = OrtApi.text(entry.getKey());
            keys.setPointer((long) i * Long.BYTES, names[i]);
            values.setLong((long) i * Long.BYTES, entry.getValue());
            i++;
        }
        try {
            return api.make(Slot.CreateArenaCfgV2, keys, values, (long) names.length);
        } finally {
            // The keys point at the names, which nothing else holds.
            Reference.reachabilityFence(names);
        }
    }

    private static long cpuMemory(OrtApi api) throws OrtException {
        return api.make(Slot.CreateCpuMemoryInfo, ARENA_ALLOCATOR, DEFAULT_MEMORY);
    }

    /** Makes a session that is opened with these options use the arena for its tensors; its weights stay outside. */
    public void use(OrtSession.SessionOptions options) throws OrtException {
        options.addConfigEntry(USE_ENVIRONMENT_ALLOCATORS, "1");
        // Weights stay as long as their session and would hold pieces of the arena that could otherwise be given back.
        options.addConfigEntry(WEIGHTS_OUTSIDE, "1");
        options.setCPUArenaAllocator(true);
        // A pattern asks for the memory of a whole run in one piece: a size per session and shape, none of which fits
        // another.
        options.setMemoryPatternOptimization(false);
    }

    public ArenaStatistics statistics() throws OrtException {
        Map<String, Long> found = readStatistics();
        return new ArenaStatistics(
                found.getOrDefault("TotalAllocated", 0L),
                found.getOrDefault("InUse", 0L),
                found.getOrDefault("MaxInUse", 0L),
                found.getOrDefault("NumAllocs", 0L),
                found.getOrDefault("NumArenaExtensions", 0L),
                found.getOrDefault("NumArenaShrinkages", 0L));
    }

    private Map<String, Long> readStatistics() throws OrtException {
        long memory = cpuMemory(api);
        try {
            long allocator = api.make(Slot.CreateAllocator, api.handles().of(session), memory);
            try {
                long pairs = api.make(Slot.AllocatorGetStats, allocator);
                try {
                    return read(pairs);
                } finally {
                    api.release(Slot.ReleaseKeyValuePairs, pairs);
                }
            } finally {
                api.release(Slot.ReleaseAllocator, allocator);
            }
        } finally {
            api.release(Slot.ReleaseMemoryInfo, memory);
        }
    }

    private Map<String, Long> read(long pairs) {
        PointerByReference keys = new PointerByReference();
        PointerByReference values = new PointerByReference();
        LongByReference count = new LongByReference();
        api.invoke(Slot.GetKeyValuePairs, pairs, keys, values, count);
        Map<String, Long> found = new HashMap<>();
        for (long i = 0; i < count.getValue(); i++) {
            found.put(string(keys, i), Long.valueOf(string(values, i)));
        }
        return found;
    }

    private static String string(PointerByReference strings, long i) {
        Pointer string = strings.getValue().getPointer(i * Long.BYTES);
        return string.getString(0, StandardCharsets.UTF_8.name());
    }

    /** From now on the arena keeps the memory of finished tensors for somebody who computes, until {@link #leave}. */
    public synchronized void enter() {
        users++;
    }

    /** Undoes one {@link #enter}. When nobody is left the arena is shrunk. */
    public void leave() throws OrtException {
        boolean empty;
        synchronized (this) {
            if (users == 0) {
                throw new IllegalStateException("the arena is left more often than it was entered");
            }
            users--;
            empty = users == 0;
        }
        if (empty) {
            shrink();
        }
    }

    /**
     * Gives the pieces that hold no tensor back to the operating system, and what the C library keeps of memory that closed sessions
     * freed. Safe while sessions run.
     */
    public void shrink() throws OrtException {
        // Only the end of a run shrinks an arena.
        try (OrtSession.RunOptions run = new OrtSession.RunOptions()) {
            run.addRunConfigEntry("memory.enable_memory_arena_shrinkage", "cpu:0");
            try (OnnxTensor one = OnnxTensor.createTensor(environment, new float[] {1})) {
                session.run(Map.of(COPY.inputs().get(0), one), run).close();
            }
        }
        if (LOGGER.isDebugEnabled()) {
            LOGGER.debug("arena shrunk: {}", statistics());
        }
        FreeMemory.release();
    }
}
