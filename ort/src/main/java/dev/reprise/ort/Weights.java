package dev.reprise.ort;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.ort.provider.ExecutionProvider;
import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Where the sessions of one bundle take their weights from. Closed after them. */
public interface Weights extends AutoCloseable {
    /**
     * A session.
     *
     * @param fed weights that are fed to it in every run, by the names of inputs; they stay open as long as the weights do
     */
    record Opened(OrtSession session, Map<String, OnnxTensor> fed) {
        public Opened {
            fed = Collections.unmodifiableMap(new LinkedHashMap<>(fed));
        }
    }

    /**
     * Opens a model whose external weights are these.
     *
     * @param provider what the session runs on; the options have it already
     * @throws IOException when the weights cannot be read
     */
    Opened open(OrtEnvironment environment, ModelProto model, SessionOptions options, ExecutionProvider provider)
            throws OrtException, IOException;

    @Override
    void close();
}
