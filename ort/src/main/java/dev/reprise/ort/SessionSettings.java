package dev.reprise.ort;

import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How a model is loaded and run. Start from {@link #cpu} or {@link #cuda}; every {@code with…} returns a changed copy.
 *
 * @param cuda the CUDA device, null for the CPU
 * @param threads threads of one operator, 0 for ONNX Runtime's default (one per core). Sessions with the process's first figure
 *     share one thread pool
 * @param optimizations ONNX Runtime's graph optimizations
 * @param prepacking whether sessions may keep rearranged copies of weights: faster, more memory
 * @param mergeSegments whether segments between which no enabled policy looks run as one session: faster
 * @param exactCaching whether segments whose inputs did not change keep their results; lossless
 * @param nonFiniteCheck whether a step that reused or predicted is computed again when its output is not finite
 * @param cacheBudget bytes that one generation may keep from step to step
 * @param traceLength steps that the trace holds; older ones remain in the summary only
 * @param configEntries further ONNX Runtime session configuration entries
 */
public record SessionSettings(
        @Nullable CudaDevice cuda,
        int threads,
        OptLevel optimizations,
        boolean prepacking,
        boolean mergeSegments,
        boolean exactCaching,
        boolean nonFiniteCheck,
        long cacheBudget,
        int traceLength,
        Map<String, String> configEntries) {

    private static final int TRACE_LENGTH = 4096;

    public SessionSettings {
        if (threads < 0) {
            throw new IllegalArgumentException("threads must be 0 (default) or more, was " + threads);
        }
        if (cacheBudget < 0) {
            throw new IllegalArgumentException("cache budget must be 0 bytes or more, was " + cacheBudget);
        }
        if (traceLength < 1) {
            throw new IllegalArgumentException("trace length must be 1 step or more, was " + traceLength);
        }
        configEntries = Map.copyOf(configEntries);
    }

    /** One CUDA device and the options of its execution provider, by ONNX Runtime's names: {@code gpu_mem_limit}. */
    public record CudaDevice(int id, Map<String, String> options) {
        public CudaDevice {
            if (id < 0) {
                throw new IllegalArgumentException("CUDA device must be 0 or more, was " + id);
            }
            options = Map.copyOf(options);
        }
    }

    /** Runs on the CPU: all optimizations, prepacking, exact caching, no limit on cache bytes. */
    public static SessionSettings cpu() {
        return new SessionSettings(
                null, 0, OptLevel.ALL_OPT, true, true, true, true, Long.MAX_VALUE, TRACE_LENGTH, Map.of());
    }

    /** As {@link #cpu}, on a CUDA device. */
    public static SessionSettings cuda(int device, Map<String, String> options) {
        CudaDevice cuda = new CudaDevice(device, options);
        return cpu().change(draft -> draft.cuda = cuda);
    }

    public SessionSettings withThreads(int count) {
        return change(draft -> draft.threads = count);
    }

    public SessionSettings withOptimizations(OptLevel level) {
        return change(draft -> draft.optimizations = level);
    }

    /** Without any: then a cut model gives the same bits as the unsplit one. */
    public SessionSettings withoutOptimizations() {
        return withOptimizations(OptLevel.NO_OPT);
    }

    public SessionSettings withoutPrepacking() {
        return change(draft -> draft.prepacking = false);
    }

    /** One session per segment, whatever the policies. */
    public SessionSettings withSeparateSegments() {
        return change(draft -> draft.mergeSegments = false);
    }

    public SessionSettings withoutExactCaching() {
        return change(draft -> draft.exactCaching = false);
    }

    public SessionSettings withoutNonFiniteCheck() {
        return change(draft -> draft.nonFiniteCheck = false);
    }

    public SessionSettings withCacheBudget(long bytes) {
        return change(draft -> draft.cacheBudget = bytes);
    }

    public SessionSettings withTraceLength(int steps) {
        return change(draft -> draft.traceLength = steps);
    }

    /** With one more session configuration entry: {@code session.set_denormal_as_zero}, {@code 1}. */
    public SessionSettings withConfigEntry(String key, String value) {
        return change(draft -> draft.configEntries.put(key, value));
    }

    private SessionSettings change(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.settings();
    }

    /** The settings while they change. */
    private static final class Draft {
        private @Nullable CudaDevice cuda;
        private int threads;
        private OptLevel optimizations;
        private boolean prepacking;
        private boolean mergeSegments;
        private boolean exactCaching;
        private boolean nonFiniteCheck;
        private long cacheBudget;
        private int traceLength;
        private final Map<String, String> configEntries;

        Draft(SessionSettings settings) {
            cuda = settings.cuda;
            threads = settings.threads;
            optimizations = settings.optimizations;
            prepacking = settings.prepacking;
            mergeSegments = settings.mergeSegments;
            exactCaching = settings.exactCaching;
            nonFiniteCheck = settings.nonFiniteCheck;
            cacheBudget = settings.cacheBudget;
            traceLength = settings.traceLength;
            configEntries = new HashMap<>(settings.configEntries);
        }

        SessionSettings settings() {
            return new SessionSettings(
                    cuda,
                    threads,
                    optimizations,
                    prepacking,
                    mergeSegments,
                    exactCaching,
                    nonFiniteCheck,
                    cacheBudget,
                    traceLength,
                    configEntries);
        }
    }
}
