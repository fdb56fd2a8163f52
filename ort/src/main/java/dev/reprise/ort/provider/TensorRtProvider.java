package dev.reprise.ort.provider;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.providers.OrtTensorRTProviderOptions;
import java.util.Map;

/**
 * TensorRT on one CUDA device. Operators that it does not have run on the CUDA provider of the same device.
 *
 * @param device its number
 * @param options of the provider, by ONNX Runtime's names: {@code trt_fp16_enable}
 */
public record TensorRtProvider(int device, Map<String, String> options) implements ExecutionProvider {
    public TensorRtProvider {
        if (device < 0) {
            throw new IllegalArgumentException("TensorRT device must be 0 or more, was " + device);
        }
        options = Map.copyOf(options);
        GraphCapture.refuse(options, "trt_cuda_graph_enable");
    }

    @Override
    public String name() {
        return "tensorrt:" + device;
    }

    @Override
    public boolean isCompiledIn() {
        return OrtEnvironment.getAvailableProviders().contains(OrtProvider.TENSOR_RT);
    }

    @Override
    public String needs() {
        return "the jar onnxruntime_gpu in place of onnxruntime, an NVIDIA driver, CUDA 12, cuDNN 9 and TensorRT 10";
    }

    @Override
    public boolean ordersRuns() {
        // By default each session has a stream of its own.
        return options.containsKey("user_compute_stream");
    }

    @Override
    public void addTo(SessionOptions session) {
        try (OrtTensorRTProviderOptions tensorRt = new OrtTensorRTProviderOptions(device)) {
            for (Map.Entry<String, String> option : options.entrySet()) {
                tensorRt.add(option.getKey(), option.getValue());
            }
            session.addTensorrt(tensorRt);
        } catch (OrtException e) {
            throw ProviderFailure.of(this, e);
        }
        new CudaProvider(device, Map.of()).addTo(session);
    }
}
