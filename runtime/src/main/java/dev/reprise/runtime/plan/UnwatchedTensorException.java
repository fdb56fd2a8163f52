package dev.reprise.runtime.plan;

/** A policy names a tensor inside of a group of segments: the plan has to be made anew with it watched. Never reaches the caller. */
public final class UnwatchedTensorException extends RuntimeException {
    private final String tensor;

    UnwatchedTensorException(String tensor) {
        super("'" + tensor + "' is not watched");
        this.tensor = tensor;
    }

    public String tensor() {
        return tensor;
    }
}
