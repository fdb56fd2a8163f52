package dev.reprise.ort.provider;

import ai.onnxruntime.OrtSession.SessionOptions;

/**
 * What a session's operators run on. A new one is a record in this package that adds itself to the options of a session, a line in
 * {@link ProviderNames}, and a factory method in the runtime's session settings.
 */
public sealed interface ExecutionProvider
        permits CpuProvider, CudaProvider, PluginProvider, TensorRtProvider, WebGpuProvider {
    /** As a command line names it: {@code cpu}, {@code cuda:0}. */
    String name();

    /** Whether the loaded ONNX Runtime was built with it. A provider with a library of its own needs no such build. */
    boolean isCompiledIn();

    /** What a process needs for it, in words that end a sentence: {@code an NVIDIA driver and CUDA 12}. */
    String needs();

    /**
     * Whether runs of different sessions happen on the device one after the other, in the order in which they were asked for. Then
     * only the last one has to be waited for; otherwise each.
     */
    boolean ordersRuns();

    /** Whether different sessions may run at the same time. Where they may not, ONNX Runtime does not see to it. */
    default boolean runsConcurrently() {
        return true;
    }

    /**
     * Adds itself to the options of a session.
     *
     * @throws ProviderUnavailableException when this process cannot use it; the message says what is missing. Some providers tell
     *     only when a session is opened
     */
    void addTo(SessionOptions options);

    /**
     * A provider by its name: {@code cpu}, {@code cuda}, {@code cuda:1}, {@code tensorrt}, {@code webgpu}, or the path of a provider
     * library.
     *
     * @throws IllegalArgumentException for another one
     */
    static ExecutionProvider parse(String name) {
        return ProviderNames.parse(name);
    }
}
