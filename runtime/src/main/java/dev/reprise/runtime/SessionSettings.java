package dev.reprise.runtime;

import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a model is loaded and run. Start from {@link #cpu} or {@link #cuda}; every {@code with…} returns a changed copy.
 *
 * @param cuda the CUDA device, null for the CPU
 * @param threads threads of one operator, 0 for ONNX Runtime's default (one per core). Sessions with the process's first figure
 *     share one thread pool
 * @param optimizations ONNX Runtime's graph optimizations
 * @param prepacking whether sessions may keep rearranged copies of weights: faster, more memory
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
        return new SessionSettings(null, 0, OptLevel.ALL_OPT, true, true, true, Long.MAX_VALUE, TRACE_LENGTH, Map.of());
    }

    /** As {@link #cpu}, on a CUDA device. */
    public static SessionSettings cuda(int device, Map<String, String> options) {
        return cpu().with(new CudaDevice(device, options));
    }

    public SessionSettings withThreads(int count) {
        return new SessionSettings(
                cuda,
                count,
                optimizations,
                prepacking,
                exactCaching,
                nonFiniteCheck,
                cacheBudget,
                traceLength,
                configEntries);
    }

    public SessionSettings withOptimizations(OptLevel level) {
        return new SessionSettings(
                cuda,
                threads,
                level,
                prepacking,
                exactCaching,
                nonFiniteCheck,
                cacheBudget,
                traceLength,
                configEntries);
    }

    /** Without any: then a cut model gives the same bits as the unsplit one. */
    public SessionSettings withoutOptimizations() {
        return withOptimizations(OptLevel.NO_OPT);
    }

    public SessionSettings withoutPrepacking() {
        return new SessionSettings(
                cuda,
                threads,
                optimizations,
                false,
                exactCaching,
                nonFiniteCheck,
                cacheBudget,
                traceLength,
                configEntries);
    }

    public SessionSettings withoutExactCaching() {
        return new SessionSettings(
                cuda,
                threads,
                optimizations,
                prepacking,
                false,
                nonFiniteCheck,
                cacheBudget,
                traceLength,
                configEntries);
    }

    public SessionSettings withoutNonFiniteCheck() {
        return new SessionSettings(
                cuda, threads, optimizations, prepacking, exactCaching, false, cacheBudget, traceLength, configEntries);
    }

    public SessionSettings withCacheBudget(long bytes) {
        return new SessionSettings(
                cuda,
                threads,
                optimizations,
                prepacking,
                exactCaching,
                nonFiniteCheck,
                bytes,
                traceLength,
                configEntries);
    }

    public SessionSettings withTraceLength(int steps) {
        return new SessionSettings(
                cuda,
                threads,
                optimizations,
                prepacking,
                exactCaching,
                nonFiniteCheck,
                cacheBudget,
                steps,
                configEntries);
    }

    /** With one more session configuration entry: {@code session.set_denormal_as_zero}, {@code 1}. */
    public SessionSettings withConfigEntry(String key, String value) {
        Map<String, String> entries = new LinkedHashMap<>(configEntries);
        entries.put(key, value);
        return new SessionSettings(
                cuda,
                threads,
                optimizations,
                prepacking,
                exactCaching,
                nonFiniteCheck,
                cacheBudget,
                traceLength,
                entries);
    }

    private SessionSettings with(CudaDevice device) {
        return new SessionSettings(
                device,
                threads,
                optimizations,
                prepacking,
                exactCaching,
                nonFiniteCheck,
                cacheBudget,
                traceLength,
                configEntries);
    }
}
