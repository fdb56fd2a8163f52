package dev.reprise.cli.command;

/** Ends a command with an exit code and one line on the screen. */
public final class CommandException extends RuntimeException {
    private final int exitCode;

    private CommandException(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    /** The command could not do its work. */
    public static CommandException failed(String message) {
        return new CommandException(ExitCode.FAILED, message);
    }

    /** The command line is wrong. */
    public static CommandException usage(String message) {
        return new CommandException(ExitCode.USAGE, message);
    }

    /** A file is not what it should be, or cannot be used in this way. */
    public static CommandException invalid(String message) {
        return new CommandException(ExitCode.INVALID, message);
    }

    /** It ran, and the result is not what it should be. */
    public static CommandException regression(String message) {
        return new CommandException(ExitCode.REGRESSION, message);
    }

    public int exitCode() {
        return exitCode;
    }
}
