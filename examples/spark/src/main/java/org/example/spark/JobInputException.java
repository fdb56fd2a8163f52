package org.example.spark;

/** What the job was given cannot be used: nothing is generated. */
final class JobInputException extends RuntimeException {
    private static final long serialVersionUID = 1;

    JobInputException(String message) {
        super(message);
    }
}
