package dev.reprise.ort;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions;
import dev.reprise.graph.onnx.ModelProto;

/** Where the sessions of one bundle take their weights from. Closed after them. */
public interface Weights extends AutoCloseable {
    /**
     * Tells the options of a session where the weights of a model are.
     *
     * @throws dev.reprise.graph.InvalidModelException when one of them cannot be had
     */
    void addTo(SessionOptions options, ModelProto model) throws OrtException;

    @Override
    void close();
}
