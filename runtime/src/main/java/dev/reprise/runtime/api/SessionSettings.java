package dev.reprise.runtime.api;

import dev.reprise.graph.bundle.RewriteLevel;
import dev.reprise.ort.OrtProcess;
import dev.reprise.ort.api.GraphOptimizations;
import dev.reprise.ort.api.SessionConfig;
import dev.reprise.ort.provider.CpuProvider;
import dev.reprise.ort.provider.CudaProvider;
import dev.reprise.ort.provider.ExecutionProvider;
import dev.reprise.ort.provider.PluginProvider;
import dev.reprise.ort.provider.ProviderChoice;
import dev.reprise.ort.provider.TensorRtProvider;
import dev.reprise.ort.provider.WebGpuProvider;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * How a model is loaded and run. Start from {@link #cpu}, {@link #cuda} or {@link #on}; every {@code with…} returns a changed copy.
 *
 * @param session what ONNX Runtime needs to know
 * @param weightsInMemory whether weights are read into memory when sessions open, rather than mapped: then nobody can change them,
 *     or end the process by truncating their file
 * @param mergeSegments whether segments between which no enabled policy looks run as one session: faster
 * @param exactCaching whether stages whose inputs did not change keep their results; lossless
 * @param nonFiniteCheck whether a step that reused or predicted is computed again when its output is not finite
 * @param outputsOnDevice whether model outputs stay in the memory of the device, where Java cannot read them
 * @param cacheBudget bytes that one generation may keep from step to step
 * @param sharedCacheBudget bytes of results that all generations of a model may share, empty for a tenth of its weights, at least 16 and
 *     at most 256 MiB
 * @param rewrites whether segments run as they were rewritten for speed
 * @param traceLength steps that the trace holds; older ones remain in the summary only
 */
public record SessionSettings(
        SessionConfig session,
        boolean weightsInMemory,
        boolean mergeSegments,
        boolean exactCaching,
        boolean nonFiniteCheck,
        boolean outputsOnDevice,
        long cacheBudget,
        OptionalLong sharedCacheBudget,
        RewriteLevel rewrites,
        int traceLength) {

    private static final int TRACE_LENGTH = 4096;

    public SessionSettings {
        if (cacheBudget < 0) {
            throw new IllegalArgumentException("cache budget must be 0 bytes or more, was " + cacheBudget);
        }
        if (sharedCacheBudget.orElse(0) < 0) {
            throw new IllegalArgumentException(
                    "shared cache budget must be 0 bytes or more, was " + sharedCacheBudget.getAsLong());
        }
        if (traceLength < 1) {
            throw new IllegalArgumentException("trace length must be 1 step or more, was " + traceLength);
        }
    }

    /** Runs on the CPU: all optimizations, prepacking, exact caching, no limit on cache bytes. */
    public static SessionSettings cpu() {
        return new SessionSettings(
                SessionConfig.cpu(),
                false,
                true,
                true,
                true,
                false,
                Long.MAX_VALUE,
                OptionalLong.empty(),
                RewriteLevel.SAFE,
                TRACE_LENGTH);
    }

    /**
     * As {@link #cpu}, on a CUDA device.
     *
     * @param options of the provider, by ONNX Runtime's names: {@code gpu_mem_limit}
     */
    public static SessionSettings cuda(int device, Map<String, String> options) {
        return on(new CudaProvider(device, options));
    }

    /** As {@link #cpu}, with TensorRT on a CUDA device; options as {@code trt_fp16_enable}. */
    public static SessionSettings tensorRt(int device, Map<String, String> options) {
        return on(new TensorRtProvider(device, options));
    }

    /** As {@link #cpu}, on the graphics device through WebGPU. */
    public static SessionSettings webGpu(Map<String, String> options) {
        return on(new WebGpuProvider(options));
    }

    /**
     * As {@link #cpu}, on the first device of a provider that a library brings.
     *
     * @param name under which the library is registered in this process
     * @param library its file
     * @param options of the provider, by its own names
     */
    public static SessionSettings plugin(String name, Path library, Map<String, String> options) {
        return on(new PluginProvider(name, library, 0, options));
    }

    /** As {@link #cpu}, on any execution provider. */
    public static SessionSettings on(ExecutionProvider provider) {
        return cpu().session(config -> config.withProvider(provider));
    }

    /**
     * On another execution provider where those before it cannot be used. Which ones were skipped, and why, is logged and stands in
     * the summary. Without a fallback a provider that cannot be used is an error.
     */
    public SessionSettings withFallback(ExecutionProvider next) {
        return session(config -> config.withFallback(next));
    }

    /** With the first of the providers that can be used, chosen. */
    public SessionSettings choosing(ProviderChoice choice) {
        return session(config -> config.withProvider(choice.provider()));
    }

    /** Threads of one operator, 0 for one per core. Sessions with the process's first figure share one thread pool. */
    public SessionSettings withThreads(int count) {
        return session(config -> config.withThreads(count));
    }

    public SessionSettings withOptimizations(GraphOptimizations level) {
        return session(config -> config.withOptimizations(level));
    }

    /** Without any: then a cut model gives the same bits as the unsplit one. */
    public SessionSettings withoutOptimizations() {
        return withOptimizations(GraphOptimizations.NONE);
    }

    /** Sessions keep no rearranged copies of weights: slower, less memory. */
    public SessionSettings withoutPrepacking() {
        return session(SessionConfig::withoutPrepacking);
    }

    /** With one more session configuration entry: {@code session.set_denormal_as_zero}, {@code 1}. */
    public SessionSettings withConfigEntry(String key, String value) {
        return session(config -> config.withEntry(key, value));
    }

    /**
     * Weights are read into memory when sessions open, rather than mapped from their files. Mapped weights take memory only as they
     * are read, but a file that is truncated in place while it is mapped ends the process. Without this, replace weights by renaming
     * a new file over the old one.
     */
    public SessionSettings withWeightsInMemory() {
        return change(draft -> draft.weightsInMemory = true);
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

    /**
     * Model outputs stay in the memory of the device, for a next session there or for {@link
     * dev.reprise.runtime.CachedTransformer#combine}. Java cannot read such a tensor: {@link
     * dev.reprise.runtime.CachedTransformer#toHost} copies it. On the CPU this changes nothing.
     */
    public SessionSettings withOutputsOnDevice() {
        return change(draft -> draft.outputsOnDevice = true);
    }

    public SessionSettings withCacheBudget(long bytes) {
        return change(draft -> draft.cacheBudget = bytes);
    }

    /**
     * With this limit for what all generations of a loaded model share: results that depend on the prompt or the timestep alone, by
     * content. They are part of exact caching: without it there are none.
     */
    public SessionSettings withSharedCacheBudget(long bytes) {
        return change(draft -> draft.sharedCacheBudget = OptionalLong.of(bytes));
    }

    /** Generations share no results. Each still keeps its own from step to step. */
    public SessionSettings withoutSharedCache() {
        return withSharedCacheBudget(0);
    }

    /**
     * Whether segments run as they were rewritten for speed. Without ONNX Runtime's optimizations they never do: those who ask for
     * bits get the original's.
     */
    public SessionSettings withRewrites(RewriteLevel level) {
        return change(draft -> draft.rewrites = level);
    }

    /** Whether segments run as they were rewritten for speed, on the provider that comes first. */
    public boolean runsRewritten() {
        return session.optimizations() != GraphOptimizations.NONE
                && (rewrites == RewriteLevel.ALL
                        || (rewrites == RewriteLevel.SAFE && session.provider() instanceof CpuProvider));
    }

    /** Whether segments that have a model in int8 run in it: on the CPU provider, at {@link RewriteLevel#ALL} alone. */
    public boolean runsQuantized() {
        return session.optimizations() != GraphOptimizations.NONE
                && rewrites == RewriteLevel.ALL
                && session.provider() instanceof CpuProvider;
    }

    public SessionSettings withTraceLength(int steps) {
        return change(draft -> draft.traceLength = steps);
    }

    /**
     * Makes ONNX Runtime's shared thread pool with this number of threads now. A process has one pool, as large as its first use of
     * ONNX Runtime made it. Cutting a model uses ONNX Runtime too, and makes it one thread per core: call this before, where models
     * are cut and then run with another number.
     *
     * @return these settings
     */
    public SessionSettings reserveThreads() {
        OrtProcess.start(session.threads());
        return this;
    }

    private SessionSettings session(UnaryOperator<SessionConfig> change) {
        return change(draft -> draft.session = change.apply(session));
    }

    private SessionSettings change(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.settings();
    }

    /** The settings while they change. */
    private static final class Draft {
        private SessionConfig session;
        private boolean weightsInMemory;
        private boolean mergeSegments;
        private boolean exactCaching;
        private boolean nonFiniteCheck;
        private boolean outputsOnDevice;
        private long cacheBudget;
        private OptionalLong sharedCacheBudget;
        private RewriteLevel rewrites;
        private int traceLength;

        Draft(SessionSettings settings) {
            session = settings.session;
            weightsInMemory = settings.weightsInMemory;
            mergeSegments = settings.mergeSegments;
            exactCaching = settings.exactCaching;
            nonFiniteCheck = settings.nonFiniteCheck;
            outputsOnDevice = settings.outputsOnDevice;
            cacheBudget = settings.cacheBudget;
            sharedCacheBudget = settings.sharedCacheBudget;
            rewrites = settings.rewrites;
            traceLength = settings.traceLength;
        }

        SessionSettings settings() {
            return new SessionSettings(
                    session,
                    weightsInMemory,
                    mergeSegments,
                    exactCaching,
                    nonFiniteCheck,
                    outputsOnDevice,
                    cacheBudget,
                    sharedCacheBudget,
                    rewrites,
                    traceLength);
        }
    }
}
