package dev.reprise.ort;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions;
import dev.reprise.graph.onnx.ModelProto;
import java.nio.file.Path;

/** Weights in files that ONNX Runtime maps into memory when a session opens. */
public record WeightFolder(Path folder) implements Weights {
    @Override
    public void addTo(SessionOptions options, ModelProto model) throws OrtException {
        addTo(options);
    }

    void addTo(SessionOptions options) throws OrtException {
        options.addConfigEntry(
                "session.model_external_initializers_file_folder_path",
                folder.toAbsolutePath().normalize().toString());
    }

    @Override
    public void close() {
        // Nothing is held.
    }
}
