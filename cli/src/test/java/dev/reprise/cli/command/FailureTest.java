package dev.reprise.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.graph.HeapTooSmallException;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.ort.api.ModelRunException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class FailureTest {
    @Test
    void givesEveryFamilyItsExitCode() {
        assertThat(Failure.of(new InvalidModelException("m.onnx: truncated")))
                .isEqualTo(new Failure(ExitCode.INVALID, "m.onnx: truncated"));
        assertThat(Failure.of(new UnsupportedPolicyException("fbc needs blocks"))
                        .exitCode())
                .isEqualTo(ExitCode.INVALID);
        assertThat(Failure.of(new InvalidPolicyException("unknown policy 'x'")).exitCode())
                .isEqualTo(ExitCode.USAGE);
        assertThat(Failure.of(CommandException.regression("drift")).exitCode()).isEqualTo(ExitCode.REGRESSION);
        assertThat(Failure.of(new StackOverflowError()).exitCode()).isEqualTo(ExitCode.FAILED);
        Failure heap = Failure.of(new HeapTooSmallException("model.onnx: the graph needs more heap"));
        assertThat(heap.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(heap.line())
                .isEqualTo("model.onnx: the graph needs more heap; REPRISE_JAVA_OPTS=-Xmx… raises the limit");
        assertThat(Failure.of(new OutOfMemoryError("Java heap space")).line())
                .isEqualTo("out of memory (Java heap space); REPRISE_JAVA_OPTS=-Xmx… raises the limit");
    }

    @Test
    void looksThroughWrappers() {
        IOException cause = new NoSuchFileException("a.onnx");
        Throwable wrapped = new CompletionException(new UncheckedIOException(cause));

        assertThat(Failure.of(wrapped)).isEqualTo(new Failure(ExitCode.FAILED, "a.onnx: no such file or directory"));
        assertThat(Failure.of(new UncheckedIOException(new AccessDeniedException("b")))
                        .line())
                .isEqualTo("b: permission denied");
    }

    @Test
    void saysWhatFailedInOnnxRuntime() {
        assertThat(Failure.of(new ModelRunException("s1.onnx failed: it does not work")))
                .isEqualTo(new Failure(ExitCode.FAILED, "s1.onnx failed: it does not work"));
    }

    @Test
    void saysOneLineWithoutControlCharacters() {
        String line = Failure.of(CommandException.failed("first\n  second\u001b[31m red"))
                .line();

        assertThat(line).isEqualTo("first; second?[31m red");
        assertThat(Failure.oneLine("x".repeat(10_000)).length()).isLessThan(700);
    }

    @Test
    void tellsAnUnexpectedExceptionByItsName() {
        assertThat(Failure.of(new ArrayIndexOutOfBoundsException("Index 3 out of bounds for length 2"))
                        .line())
                .isEqualTo("internal error: ArrayIndexOutOfBoundsException: Index 3 out of bounds for length 2"
                        + " (--debug shows where)");
    }
}
