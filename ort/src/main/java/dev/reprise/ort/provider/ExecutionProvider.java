package dev.reprise.ort.provider;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions;

/**
 * What a session's operators run on. A new one is a record in this package that adds itself to the options of a session, and a
 * factory method in the runtime's session settings.
 */
public interface ExecutionProvider {
    /** As people call it: {@code CPU}, {@code CUDA device 0}. */
    String name();

    /**
     * Adds itself to the options of a session.
     *
     * @throws ProviderUnavailableException when this process cannot use it; the message says what is missing
     */
    void addTo(SessionOptions options) throws OrtException;
}
