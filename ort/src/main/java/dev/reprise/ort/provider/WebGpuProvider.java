package dev.reprise.ort.provider;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.util.Map;

/**
 * The graphics device, through WebGPU.
 *
 * @param options of the provider, by ONNX Runtime's names
 */
public record WebGpuProvider(Map<String, String> options) implements ExecutionProvider {
    public WebGpuProvider {
        options = Map.copyOf(options);
        GraphCapture.refuse(options, "enableGraphCapture");
    }

    @Override
    public String name() {
        return "webgpu";
    }

    @Override
    public boolean isCompiledIn() {
        return OrtEnvironment.getAvailableProviders().contains(OrtProvider.WEBGPU);
    }

    @Override
    public String needs() {
        return "a build of ONNX Runtime with WebGPU (-Donnxruntime.native.path) and a graphics driver:"
                + " Vulkan, Direct3D 12 or Metal";
    }

    @Override
    public boolean ordersRuns() {
        // All sessions use one queue of one device.
        return true;
    }

    @Override
    public boolean runsConcurrently() {
        // All sessions record into one command encoder, which is not made for several threads: the process would end.
        return false;
    }

    @Override
    public void addTo(SessionOptions session) {
        try {
            session.addWebGPU(options);
        } catch (OrtException e) {
            throw ProviderFailure.of(this, e);
        }
    }
}
