package dev.reprise.ort.provider;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtEpDevice;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A provider that a library of its own brings: CUDA as a plugin, OpenVINO, TensorRT for RTX, QNN.
 *
 * @param registration the name under which the library is registered in this process
 * @param library its file
 * @param device which of the devices that it offers here
 * @param options of the provider, by its own names
 */
public record PluginProvider(String registration, Path library, int device, Map<String, String> options)
        implements ExecutionProvider {
    public PluginProvider {
        if (registration.isBlank()) {
            throw new IllegalArgumentException(
                    "a provider library is registered under a name, was '" + registration + "'");
        }
        if (device < 0) {
            throw new IllegalArgumentException("plugin device must be 0 or more, was " + device);
        }
        library = library.toAbsolutePath().normalize();
        options = Map.copyOf(options);
    }

    @Override
    public String name() {
        return device == 0 ? library.toString() : library + ":" + device;
    }

    @Override
    public boolean isCompiledIn() {
        return true;
    }

    @Override
    public String needs() {
        return "a provider library for ONNX Runtime's plugin interface, of a version that this ONNX Runtime knows";
    }

    @Override
    public boolean ordersRuns() {
        return false;
    }

    @Override
    public void addTo(SessionOptions session) {
        if (!Files.isRegularFile(library)) {
            throw new ProviderUnavailableException(
                    this, "the file is missing", "give the path of a provider library", null);
        }
        try {
            session.addExecutionProvider(
                    List.of(device(PluginLibraries.register(OrtEnvironment.getEnvironment(), this))), options);
        } catch (OrtException e) {
            throw ProviderFailure.of(this, e);
        }
    }

    private OrtEpDevice device(List<OrtEpDevice> offered) {
        if (offered.isEmpty()) {
            throw new ProviderUnavailableException(
                    this, "the library offers no device on this machine", "use another provider", null);
        }
        if (device >= offered.size()) {
            throw new ProviderUnavailableException(
                    this,
                    "it has no device " + device,
                    "choose one of " + offered.stream().map(Device::of).toList(),
                    null);
        }
        return offered.get(device);
    }
}
