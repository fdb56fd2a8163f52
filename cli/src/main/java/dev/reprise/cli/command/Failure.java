package dev.reprise.cli.command;

import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.graph.HeapTooSmallException;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.files.FileProblem;
import dev.reprise.optimizer.api.BundleWriteException;
import dev.reprise.optimizer.api.UnsupportedModelException;
import dev.reprise.ort.api.ModelRunException;
import dev.reprise.ort.provider.ProviderUnavailableException;
import dev.reprise.runtime.api.InvalidInputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * What the screen says about something thrown: one line and an exit code.
 *
 * @param exitCode one of {@link ExitCode}'s
 * @param line the thing, the expectation, what was found; no line breaks
 */
public record Failure(int exitCode, String line) {
    /** A native message may quote a whole graph. */
    private static final int LONGEST_LINE = 600;

    public static Failure of(Throwable thrown) {
        Throwable cause = unwrap(thrown);
        if (cause instanceof CommandException command) {
            return new Failure(command.exitCode(), oneLine(command.getMessage()));
        }
        if (cause instanceof InvalidPolicyException) {
            return new Failure(ExitCode.USAGE, oneLine(cause.getMessage()));
        }
        if (cause instanceof InvalidModelException
                || cause instanceof UnsupportedModelException
                || cause instanceof UnsupportedPolicyException
                || cause instanceof ProviderUnavailableException
                || cause instanceof InvalidInputException) {
            return new Failure(ExitCode.INVALID, oneLine(cause.getMessage()));
        }
        if (cause instanceof HeapTooSmallException) {
            return new Failure(
                    ExitCode.FAILED, oneLine(cause.getMessage() + "; REPRISE_JAVA_OPTS=-Xmx… raises the limit"));
        }
        if (cause instanceof BundleWriteException || cause instanceof ModelRunException) {
            return new Failure(ExitCode.FAILED, oneLine(cause.getMessage()));
        }
        if (cause instanceof FileSystemException file) {
            return new Failure(ExitCode.FAILED, oneLine(FileProblem.describe(file)));
        }
        if (cause instanceof IOException) {
            return new Failure(ExitCode.FAILED, oneLine("input or output failed: " + messageOf(cause)));
        }
        if (cause instanceof OutOfMemoryError) {
            return new Failure(
                    ExitCode.FAILED,
                    oneLine("out of memory (" + messageOf(cause) + "); REPRISE_JAVA_OPTS=-Xmx… raises the limit"));
        }
        if (cause instanceof StackOverflowError) {
            return new Failure(ExitCode.FAILED, "nested too deeply to be processed (stack overflow)");
        }
        return new Failure(
                ExitCode.FAILED,
                oneLine("internal error: " + cause.getClass().getSimpleName() + ": " + messageOf(cause)
                        + " (--debug shows where)"));
    }

    private static Throwable unwrap(Throwable thrown) {
        Throwable cause = thrown;
        while (cause.getCause() != null
                && (cause instanceof UncheckedIOException
                        || cause instanceof ExecutionException
                        || cause instanceof CompletionException
                        || cause instanceof picocli.CommandLine.ExecutionException
                        || isPlainWrapper(cause))) {
            cause = cause.getCause();
        }
        return cause;
    }

    /** {@code new RuntimeException(cause)}. */
    private static boolean isPlainWrapper(Throwable thrown) {
        return thrown.getClass() == RuntimeException.class;
    }

    private static String messageOf(Throwable thrown) {
        String message = thrown.getMessage();
        return message == null || message.isBlank() ? thrown.getClass().getSimpleName() : message;
    }

    /** Control characters of a hostile file's names must not reach the terminal. */
    public static String oneLine(@Nullable String text) {
        String line = String.valueOf(text)
                .replaceAll("\\s*\\R\\s*", "; ")
                .replaceAll("\\p{Cntrl}", "?")
                .strip();
        return line.length() <= LONGEST_LINE ? line : line.substring(0, LONGEST_LINE) + "…";
    }
}
