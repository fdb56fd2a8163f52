package dev.reprise.spring;

/** A request that no waiting makes possible. The message names the option, what was expected and what was found. */
public final class InvalidImageRequestException extends RuntimeException {
    private final String option;

    /** @param option the one that is refused: {@code prompt}, or the id of an {@link ImageOption} */
    public InvalidImageRequestException(String option, String message) {
        super(message);
        this.option = option;
    }

    /** What is refused. */
    public String option() {
        return option;
    }
}
