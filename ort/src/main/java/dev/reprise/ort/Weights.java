package dev.reprise.ort;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.ort.provider.ExecutionProvider;
import java.io.IOException;

/** Where the sessions of one bundle take their weights from. Closed after them. */
public interface Weights extends AutoCloseable {
    /**
     * Opens a model whose external weights are these.
     *
     * @param provider what the session runs on; the options have it already
     * @throws IOException when the weights cannot be read
     */
    OrtSession open(OrtEnvironment environment, ModelProto model, SessionOptions options, ExecutionProvider provider)
            throws OrtException, IOException;

    @Override
    void close();
}
