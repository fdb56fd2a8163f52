package dev.reprise.ort.provider;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtEpDevice;
import ai.onnxruntime.OrtException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The provider libraries that were registered in this process. ONNX Runtime takes a name once and does not tell them apart later. */
final class PluginLibraries {
    // Mutable and static because ONNX Runtime's own list is: one per process.
    private static final Map<String, Registered> REGISTERED = new HashMap<>();

    private record Registered(Path library, List<OrtEpDevice> devices) {}

    private PluginLibraries() {}

    /** The devices that a library offers. It is registered when it has not been yet. */
    static synchronized List<OrtEpDevice> register(OrtEnvironment environment, PluginProvider plugin)
            throws OrtException {
        Registered registered = REGISTERED.get(plugin.registration());
        if (registered == null) {
            int before = environment.getEpDevices().size();
            environment.registerExecutionProviderLibrary(
                    plugin.registration(), plugin.library().toString());
            List<OrtEpDevice> all = environment.getEpDevices();
            // New devices come last.
            registered = new Registered(plugin.library(), new ArrayList<>(all.subList(before, all.size())));
            REGISTERED.put(plugin.registration(), registered);
        }
        if (!registered.library().equals(plugin.library())) {
            throw new ProviderUnavailableException(
                    plugin,
                    "the name " + plugin.registration() + " is taken by " + registered.library(),
                    "register one of them under another name",
                    null);
        }
        return registered.devices();
    }
}
