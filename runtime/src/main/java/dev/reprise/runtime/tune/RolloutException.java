package dev.reprise.runtime.tune;

/** The rollout threw: the cause is what it threw. */
final class RolloutException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final RuntimeException thrown;

    RolloutException(RuntimeException thrown) {
        super(String.valueOf(thrown.getMessage()), thrown);
        this.thrown = thrown;
    }

    RuntimeException thrown() {
        return thrown;
    }
}
