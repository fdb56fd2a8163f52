package org.example.spark;

/**
 * A row that cannot be drawn on any machine. It becomes the row's error. Whatever else goes wrong fails the task, which Spark tries again
 * elsewhere.
 */
final class InvalidRowException extends RuntimeException {
    private static final long serialVersionUID = 1;

    InvalidRowException(String message) {
        super(message);
    }
}
