package dev.reprise.graph;

/** A model file, weight file or bundle that cannot be used: damaged, not ONNX, changed, or of a newer format. The message names the file, what was expected and what was found. */
public final class InvalidModelException extends RuntimeException {
    public InvalidModelException(String message) {
        super(oneLine(message));
    }

    public InvalidModelException(String message, Throwable cause) {
        super(oneLine(message), cause);
    }

    /** Names in a hostile file may hold line breaks and terminal escapes, and the message goes to a screen. */
    private static String oneLine(String message) {
        return message.replaceAll("\\p{Cntrl}", "?");
    }
}
