package dev.reprise.spring.web;

import dev.reprise.spring.InvalidImageRequestException;
import dev.reprise.spring.queue.GenerationCancelledException;
import dev.reprise.spring.queue.GenerationRefusedException;
import java.util.Locale;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/**
 * Answers in the format of RFC 9457: 503 with {@code Retry-After} and {@code reason} where a generation was refused or cancelled, 400 with
 * {@code option} where a request cannot be followed.
 */
@RestControllerAdvice
@Order(Ordered.HIGHEST_PRECEDENCE)
public final class GenerationProblems {
    /** For all controllers. */
    public GenerationProblems() {}

    /** Too much to do, or the application stops. */
    @ExceptionHandler
    public ResponseEntity<ProblemDetail> refused(GenerationRefusedException refusal) {
        ProblemDetail problem = unavailable(refusal);
        problem.setProperty("reason", refusal.reason().name().toLowerCase(Locale.ROOT));
        return ResponseEntity.status(problem.getStatus())
                .header(
                        HttpHeaders.RETRY_AFTER,
                        Long.toString(refusal.retryAfter().toSeconds()))
                .body(problem);
    }

    /** Somebody else cancelled it, or the application stops and it took too long. */
    @ExceptionHandler
    public ProblemDetail cancelled(GenerationCancelledException cancellation) {
        ProblemDetail problem = unavailable(cancellation);
        problem.setProperty("reason", "cancelled");
        return problem;
    }

    private static ProblemDetail unavailable(RuntimeException cause) {
        ProblemDetail problem =
                ProblemDetail.forStatusAndDetail(HttpStatus.SERVICE_UNAVAILABLE, String.valueOf(cause.getMessage()));
        problem.setTitle("Not drawn");
        return problem;
    }

    /** Asking again does not help. */
    @ExceptionHandler
    public ProblemDetail invalid(InvalidImageRequestException cause) {
        ProblemDetail problem =
                ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, String.valueOf(cause.getMessage()));
        problem.setTitle("Cannot be drawn");
        problem.setProperty("option", cause.option());
        return problem;
    }
}
