package dev.reprise.spring.queue;

import dev.reprise.ort.Closing;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.StepListener;
import dev.reprise.runtime.api.Summary;
import dev.reprise.spring.ImageGenerator;
import dev.reprise.spring.ImageOption;
import dev.reprise.spring.ImageRequest;
import dev.reprise.spring.InvalidImageRequestException;
import dev.reprise.spring.queue.GenerationOutcome.End;
import dev.reprise.spring.queue.GenerationRefusedException.Reason;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Draws pictures, so many at once and so many that wait, and refuses the rest. Each picture is a generation of its own, with nothing
 * kept from the one before.
 *
 * <pre>
 *   submit ──▶ [ waiting, at most capacity ] ──▶ [ running, at most max concurrent ] ──▶ picture
 *      │ full             │ timeout, cancelled                 │ cancelled: before the next step
 *      ▼                  ▼                                    ▼
 *   refused            refused, cancelled                   cancelled
 * </pre>
 *
 * <p>{@link #stop} refuses what comes and what waits, and lets finish what runs.
 */
public final class GenerationQueue implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GenerationQueue.class);

    private final QueueSettings settings;
    private final ImageGenerator generator;
    private final List<WatchedGeneration> models = new ArrayList<>();
    private final List<Thread> workers = new ArrayList<>();
    private final OutcomeListeners listeners = new OutcomeListeners();
    private final ScheduledThreadPoolExecutor timeouts = new ScheduledThreadPoolExecutor(1, task -> {
        Thread thread = new Thread(task, "reprise-queue-timeout");
        thread.setDaemon(true);
        return thread;
    });

    private final Object lock = new Object();
    /** These are guarded by the lock. */
    private final Deque<QueuedGeneration> waiting = new ArrayDeque<>();

    private final List<QueuedGeneration> running = new ArrayList<>();
    /** Workers that have not told the last one's end yet; as many as run, or one or a few more. */
    private int busy;

    private boolean accepting = true;
    private boolean closed;
    private final MeanTime meanTime = new MeanTime();

    /**
     * Opens as many generations as may run at once.
     *
     * @throws dev.reprise.cache.UnsupportedPolicyException when their policy cannot work on the model
     * @throws dev.reprise.graph.InvalidModelException when the generator cannot draw with the model
     */
    public GenerationQueue(QueueSettings settings, Generations generations, ImageGenerator generator) {
        this.settings = settings;
        this.generator = generator;
        timeouts.setRemoveOnCancelPolicy(true);
        generator.requireModel(generations.manifest());
        try {
            for (int i = 0; i < settings.maxConcurrent(); i++) {
                models.add(generations.open());
            }
        } catch (RuntimeException e) {
            models.forEach(WatchedGeneration::close);
            throw e;
        }
        for (WatchedGeneration model : models) {
            Thread worker = new Thread(() -> work(model.model()), "reprise-generation-" + workers.size());
            worker.setDaemon(true);
            workers.add(worker);
        }
        workers.forEach(Thread::start);
    }

    /**
     * Asks for a picture.
     *
     * @throws InvalidImageRequestException when the generator cannot follow the request
     * @throws GenerationRefusedException when as many wait as may, or the application stops
     */
    public QueuedGeneration submit(ImageRequest request) {
        return submit(request, new StepListener() {});
    }

    /**
     * Asks for a picture, and tells somebody about its steps. The listener is called on the thread that draws: when it is slow, so is
     * the generation.
     *
     * @throws InvalidImageRequestException when the generator cannot follow the request
     * @throws GenerationRefusedException when as many wait as may, or the application stops
     */
    public QueuedGeneration submit(ImageRequest request, StepListener listener) {
        QueuedGeneration generation = new QueuedGeneration(this, RequestCheck.checked(request, generator), listener);
        GenerationRefusedException refusal;
        synchronized (lock) {
            refusal = refusal();
            if (refusal == null) {
                generation.expiresWith(timeouts.schedule(
                        () -> expire(generation), settings.timeout().toNanos(), TimeUnit.NANOSECONDS));
                waiting.add(generation);
                lock.notifyAll();
            }
        }
        if (refusal != null) {
            listeners.tell(new GenerationOutcome(end(refusal.reason()), Duration.ZERO, Duration.ZERO, 1));
            throw refusal;
        }
        return generation;
    }

    /** Why nothing more can be taken; null where it can. */
    private @Nullable GenerationRefusedException refusal() {
        if (!accepting) {
            return stopping();
        }
        if (running.size() + waiting.size() < settings.maxConcurrent() + settings.capacity()) {
            return null;
        }
        return new GenerationRefusedException(
                Reason.FULL,
                retryAfter(),
                running.size() + " generations run and " + waiting.size()
                        + " wait, which is as many as may; ask again in "
                        + retryAfter().toSeconds() + " s");
    }

    private GenerationRefusedException stopping() {
        return new GenerationRefusedException(Reason.STOPPING, retryAfter(), "the application stops and draws no more");
    }

    private Duration retryAfter() {
        return meanTime.of(waiting.size() + 1, settings.maxConcurrent());
    }

    private void expire(QueuedGeneration generation) {
        GenerationRefusedException refusal;
        synchronized (lock) {
            if (!waiting.remove(generation)) {
                return;
            }
            generation.leavesQueue();
            refusal = new GenerationRefusedException(
                    Reason.TIMEOUT,
                    retryAfter(),
                    "the generation waited for " + settings.timeout().toMillis()
                            + " ms, which is as long as it may; ask again in "
                            + retryAfter().toSeconds() + " s");
        }
        giveUp(generation, End.REFUSED_TIMEOUT, refusal);
    }

    void cancel(QueuedGeneration generation) {
        synchronized (lock) {
            if (!waiting.remove(generation)) {
                return;
            }
            generation.leavesQueue();
        }
        giveUp(
                generation,
                End.CANCELLED,
                new GenerationCancelledException(
                        "the generation of '" + generation.request().prompt() + "' was cancelled before it began"));
    }

    private void giveUp(QueuedGeneration generation, End end, RuntimeException cause) {
        listeners.tell(new GenerationOutcome(end, generation.waited(), Duration.ZERO, 1));
        generation.fail(cause);
    }

    private void work(CachedTransformer model) {
        for (QueuedGeneration next = next(); next != null; next = next()) {
            draw(next, model);
            synchronized (lock) {
                busy--;
                lock.notifyAll();
            }
        }
    }

    /** The one that waited longest; null when there will be none any more. */
    private @Nullable QueuedGeneration next() {
        synchronized (lock) {
            while (waiting.isEmpty()) {
                if (closed) {
                    return null;
                }
                try {
                    lock.wait();
                } catch (InterruptedException e) {
                    LOG.debug("a generator left its thread interrupted, which says nothing about the next generation");
                }
            }
            QueuedGeneration next = waiting.remove();
            next.leavesQueue();
            running.add(next);
            busy++;
            return next;
        }
    }

    private void draw(QueuedGeneration generation, CachedTransformer model) {
        StepListener listener = generation.listener();
        byte[] png = new byte[0];
        Throwable failure = null;
        long steps = 0;
        double computedShare = 1;
        try {
            generation.requireWanted();
            model.resetCache();
            model.addListener(listener);
            try {
                png = generator.generate(model, generation.request());
                // A generator may have caught what told it to end.
                generation.requireWanted();
            } finally {
                Summary summary = model.summary();
                steps = summary.steps();
                computedShare = summary.computedShare();
                model.removeListener(listener);
                // What a waiting model keeps is of no use to anybody.
                model.resetCache();
            }
        } catch (RuntimeException | Error e) {
            failure = e;
        } catch (Exception e) {
            failure = new GenerationFailedException(e);
        }
        Duration took = generation.took();
        synchronized (lock) {
            running.remove(generation);
            if (failure == null) {
                meanTime.add(took);
            }
        }
        listeners.tell(new GenerationOutcome(end(failure), generation.waited(), took, computedShare));
        if (failure == null) {
            generation.complete(
                    new GeneratedImage(png, generation.request(), computedShare, steps, generation.waited(), took));
        } else {
            generation.fail(failure);
        }
    }

    private static End end(@Nullable Throwable failure) {
        if (failure == null) {
            return End.DONE;
        }
        return failure instanceof GenerationCancelledException ? End.CANCELLED : End.FAILED;
    }

    private static End end(Reason reason) {
        return switch (reason) {
            case FULL -> End.REFUSED_FULL;
            case TIMEOUT -> End.REFUSED_TIMEOUT;
            case STOPPING -> End.REFUSED_STOPPING;
        };
    }

    /** Tells somebody about every generation that ends, on any thread. What it throws is logged. */
    public void addListener(Consumer<GenerationOutcome> listener) {
        listeners.add(listener);
    }

    /** What a request may set: what the generator follows. */
    public Set<ImageOption> options() {
        return generator.options();
    }

    public QueueSettings settings() {
        return settings;
    }

    public QueueState state() {
        synchronized (lock) {
            return new QueueState(running.size(), waiting.size(), accepting);
        }
    }

    /**
     * Takes generations again after {@link #stop}.
     *
     * @throws IllegalStateException when it is closed
     */
    public void start() {
        synchronized (lock) {
            if (closed) {
                throw new IllegalStateException("this queue is closed");
            }
            accepting = true;
        }
    }

    /**
     * Takes no more generations, refuses those that wait, and waits for those that run: as long as the shutdown timeout says, then they
     * are cancelled and end before their next step.
     */
    public void stop() {
        List<QueuedGeneration> refused;
        int left;
        synchronized (lock) {
            accepting = false;
            refused = List.copyOf(waiting);
            refused.forEach(QueuedGeneration::leavesQueue);
            waiting.clear();
            left = running.size();
        }
        refused.forEach(generation -> giveUp(generation, End.REFUSED_STOPPING, stopping()));
        if (left + refused.size() > 0) {
            LOG.info("stopping: {} generations finish, {} that waited are refused", left, refused.size());
        }
        if (!awaitIdle(settings.shutdownTimeout().toNanos())) {
            synchronized (lock) {
                LOG.warn(
                        "{} generations did not finish in {} ms, and are cancelled",
                        running.size(),
                        settings.shutdownTimeout().toMillis());
                running.forEach(QueuedGeneration::endSoon);
            }
            // However long a step takes: a model must not be closed under it.
            awaitIdle(Long.MAX_VALUE);
        }
    }

    private boolean awaitIdle(long nanos) {
        long start = System.nanoTime();
        boolean interrupted = false;
        try {
            synchronized (lock) {
                while (busy > 0) {
                    long left = nanos - (System.nanoTime() - start);
                    if (left <= 0) {
                        return false;
                    }
                    try {
                        TimeUnit.NANOSECONDS.timedWait(lock, Math.min(left, TimeUnit.HOURS.toNanos(1)));
                    } catch (InterruptedException e) {
                        interrupted = true;
                    }
                }
                return true;
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** As {@link #stop}, and for good. */
    @Override
    public void close() {
        stop();
        synchronized (lock) {
            closed = true;
            lock.notifyAll();
        }
        timeouts.shutdownNow();
        Closing closing = new Closing();
        models.forEach(closing::add);
        closing.finish();
    }
}
