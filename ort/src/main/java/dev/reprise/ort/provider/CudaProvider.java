package dev.reprise.ort.provider;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import java.util.Map;

/**
 * One CUDA device.
 *
 * @param device its number
 * @param options of the provider, by ONNX Runtime's names: {@code gpu_mem_limit}
 */
public record CudaProvider(int device, Map<String, String> options) implements ExecutionProvider {
    public CudaProvider {
        if (device < 0) {
            throw new IllegalArgumentException("CUDA device must be 0 or more, was " + device);
        }
        options = Map.copyOf(options);
        GraphCapture.refuse(options, "enable_cuda_graph");
    }

    @Override
    public String name() {
        return "cuda:" + device;
    }

    @Override
    public boolean isCompiledIn() {
        return OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA);
    }

    @Override
    public String needs() {
        return "the jar onnxruntime_gpu in place of onnxruntime, an NVIDIA driver and CUDA 12";
    }

    @Override
    public boolean ordersRuns() {
        // By default each session has a stream of its own.
        return options.containsKey("user_compute_stream");
    }

    @Override
    public void addTo(SessionOptions session) {
        try (OrtCUDAProviderOptions cuda = new OrtCUDAProviderOptions(device)) {
            // Every session has an arena of its own there: none may take twice what it needs.
            cuda.add("arena_extend_strategy", "kSameAsRequested");
            for (Map.Entry<String, String> option : options.entrySet()) {
                cuda.add(option.getKey(), option.getValue());
            }
            session.addCUDA(cuda);
        } catch (OrtException e) {
            throw ProviderFailure.of(this, e);
        }
    }
}
