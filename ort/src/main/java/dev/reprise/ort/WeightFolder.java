package dev.reprise.ort;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.model.Folder;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.ort.capi.NativeLayer;
import dev.reprise.ort.capi.SharedWeights;
import dev.reprise.ort.provider.CpuProvider;
import dev.reprise.ort.provider.ExecutionProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The folder that a model's external weights are in. Sessions on the CPU that are opened over it have the weights in memory once,
 * where ONNX Runtime's C API can be called; elsewhere each session reads its own. Close it after them.
 */
final class WeightFolder implements Weights {
    private static final String OPTION = "session.model_external_initializers_file_folder_path";

    private final Path folder;
    private final @Nullable SharedWeights shared;

    private WeightFolder(Path folder, @Nullable SharedWeights shared) {
        this.folder = folder;
        this.shared = shared;
    }

    /** @throws InvalidModelException when there is no such folder */
    static WeightFolder open(Path folder, NativeLayer layer, OrtEnvironment environment) {
        Path found = Folder.of(folder).path();
        if (!layer.isAvailable()) {
            return new WeightFolder(found, null);
        }
        try {
            return new WeightFolder(found, new SharedWeights(layer, environment, found));
        } catch (OrtException e) {
            throw new InvalidModelException("weights in " + folder + " cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public Opened open(OrtEnvironment environment, ModelProto model, SessionOptions options, ExecutionProvider provider)
            throws OrtException, IOException {
        resolve(folder, options);
        // Weights in the CPU's memory are of no use to a session on a device.
        OrtSession session = shared != null && provider instanceof CpuProvider
                ? shared.open(model, options)
                : environment.createSession(model.toByteArray(), options);
        return new Opened(session, Map.of());
    }

    /** Makes locations of external weights relative to a folder. */
    static void resolve(Path folder, SessionOptions options) throws OrtException {
        options.addConfigEntry(OPTION, folder.toAbsolutePath().normalize().toString());
    }

    @Override
    public void close() {
        if (shared != null) {
            shared.close();
        }
    }
}
