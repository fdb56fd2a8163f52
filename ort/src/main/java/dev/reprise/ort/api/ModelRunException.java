package dev.reprise.ort.api;

/** A run that ONNX Runtime refused or could not finish. The message names the model file and repeats what ONNX Runtime says. */
public final class ModelRunException extends RuntimeException {
    public ModelRunException(String message) {
        super(message);
    }

    public ModelRunException(String message, Throwable cause) {
        super(message, cause);
    }
}
