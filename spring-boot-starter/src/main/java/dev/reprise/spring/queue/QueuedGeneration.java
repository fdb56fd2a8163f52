package dev.reprise.spring.queue;

import dev.reprise.runtime.api.Step;
import dev.reprise.runtime.api.StepListener;
import dev.reprise.runtime.api.StepTrace;
import dev.reprise.spring.ImageRequest;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** A generation that waits, runs or has ended. Any thread may use it. */
public final class QueuedGeneration {
    private final GenerationQueue queue;
    private final ImageRequest request;
    private final StepListener told;
    private final CompletableFuture<GeneratedImage> result = new CompletableFuture<>();
    private final long submitted = System.nanoTime();
    private volatile boolean cancelled;
    /** Guarded by the queue's lock, as is the next. */
    private long begun;

    private @Nullable Future<?> timeout;

    QueuedGeneration(GenerationQueue queue, ImageRequest request, StepListener told) {
        this.queue = queue;
        this.request = request;
        this.told = told;
    }

    /** What is drawn, with the seed where the generator follows one. */
    public ImageRequest request() {
        return request;
    }

    /**
     * The picture, or a {@link CompletionException} whose cause is a {@link GenerationRefusedException}, {@link
     * GenerationCancelledException}, {@link GenerationFailedException} or what else the generator threw. What is attached runs on the thread that draws: make it short, or attach it with an executor.
     */
    public CompletionStage<GeneratedImage> result() {
        return result.minimalCompletionStage();
    }

    /**
     * Waits for the picture. Throws what is the cause in {@link #result}.
     *
     * @throws InterruptedException when the thread is interrupted; the generation is cancelled then
     */
    public GeneratedImage await() throws InterruptedException {
        try {
            return result.get();
        } catch (InterruptedException e) {
            cancel();
            throw e;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new CompletionException(e.getCause());
        }
    }

    /** Nobody wants it any more. It leaves the queue, or ends before its next step. After its end nothing happens. */
    public void cancel() {
        cancelled = true;
        queue.cancel(this);
    }

    /** Ends before its next step. */
    void endSoon() {
        cancelled = true;
    }

    boolean isCancelled() {
        return cancelled;
    }

    void expiresWith(Future<?> scheduled) {
        timeout = scheduled;
    }

    /** Its turn has come, or it is given up. */
    void leavesQueue() {
        begun = System.nanoTime();
        if (timeout != null) {
            timeout.cancel(false);
        }
    }

    Duration waited() {
        return Duration.ofNanos(begun - submitted);
    }

    Duration took() {
        return Duration.ofNanos(System.nanoTime() - begun);
    }

    void requireWanted() {
        if (cancelled) {
            throw new GenerationCancelledException("the generation of '" + request.prompt() + "' was cancelled");
        }
    }

    void complete(GeneratedImage image) {
        result.complete(image);
    }

    void fail(Throwable cause) {
        result.completeExceptionally(cause);
    }

    /** Lets a cancelled generation take no further step, and tells those who asked. */
    StepListener listener() {
        return new StepListener() {
            @Override
            public void before(Step step, String context) {
                requireWanted();
                told.before(step, context);
            }

            @Override
            public void after(StepTrace step) {
                told.after(step);
            }

            @Override
            public void failed(Step step, String context, RuntimeException cause) {
                told.failed(step, context, cause);
            }
        };
    }
}
