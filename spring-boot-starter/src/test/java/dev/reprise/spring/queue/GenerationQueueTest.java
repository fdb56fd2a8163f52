package dev.reprise.spring.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.api.StepListener;
import dev.reprise.runtime.api.StepTrace;
import dev.reprise.spring.DigitsBundle;
import dev.reprise.spring.ImageRequest;
import dev.reprise.spring.InvalidImageRequestException;
import dev.reprise.spring.StepsGenerator;
import dev.reprise.spring.queue.GenerationOutcome.End;
import dev.reprise.spring.queue.GenerationRefusedException.Reason;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What runs at once, what waits, what is refused, and what is left when it stops. */
@Timeout(60)
class GenerationQueueTest {
    private static final Duration LONG = Duration.ofSeconds(50);

    @TempDir
    private static Path folder;

    private static CachedTransformer model;

    private final StepsGenerator generator = new StepsGenerator();
    private final CountDownLatch gate = new CountDownLatch(1);
    private final List<GenerationOutcome> outcomes = new CopyOnWriteArrayList<>();
    private GenerationQueue queue;

    @BeforeAll
    static void open() {
        model = CachedTransformer.open(
                DigitsBundle.in(folder), SessionSettings.cpu().withThreads(1));
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @AfterEach
    void end() {
        gate.countDown();
        if (queue != null) {
            queue.close();
        }
        assertThat(model.summary().liveTensors()).as("native tensors left").isZero();
    }

    private void open(QueueSettings settings) {
        open(settings, PolicyCatalogue.parse("none", Map.of()));
    }

    private void open(QueueSettings settings, CachePolicy policy) {
        queue = new GenerationQueue(settings, new Generations(model, policy, false, List.of()), generator);
        queue.addListener(outcomes::add);
    }

    private static QueueSettings settings(int atOnce, int capacity) {
        return new QueueSettings(atOnce, capacity, LONG, LONG);
    }

    private static String text(GeneratedImage image) {
        return new String(image.png(), StandardCharsets.UTF_8);
    }

    private void awaitState(int running, int waiting) throws InterruptedException {
        while (!(queue.state().running() == running && queue.state().waiting() == waiting)) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    private static Throwable failure(QueuedGeneration generation) {
        Throwable failure = generation
                .result()
                .handle((image, cause) -> cause)
                .toCompletableFuture()
                .join();
        assertThat(failure).isInstanceOf(CompletionException.class);
        return failure.getCause();
    }

    @Test
    void severalAtOnceGiveWhatOneAfterAnotherGives() throws Exception {
        open(settings(3, 20), PolicyCatalogue.parse("first_block_cache", Map.of("threshold", 0.5)));
        List<String> serial = new ArrayList<>();
        for (int seed = 0; seed < 6; seed++) {
            serial.add(text(queue.submit(ImageRequest.of("a").withSeed(seed)).await()));
        }
        List<QueuedGeneration> all = new ArrayList<>();
        for (int seed = 0; seed < 6; seed++) {
            all.add(queue.submit(ImageRequest.of("a").withSeed(seed)));
        }

        for (int seed = 0; seed < 6; seed++) {
            assertThat(text(all.get(seed).await())).isEqualTo(serial.get(seed));
        }
        assertThat(serial).doesNotHaveDuplicates();
        assertThat(outcomes).hasSize(12).allMatch(outcome -> outcome.end() == End.DONE);
        assertThat(queue.state()).isEqualTo(new QueueState(0, 0, true));
    }

    @Test
    void aPictureSaysHowItCameAbout() throws Exception {
        open(settings(1, 1));

        GeneratedImage image = queue.submit(ImageRequest.of("a").withSteps(4)).await();

        assertThat(image.steps()).isEqualTo(4);
        assertThat(image.computedShare()).isEqualTo(1);
        assertThat(image.request().seed()).as("a seed was chosen").isPresent();
        assertThat(image.took()).isPositive();
    }

    @Test
    void refusesWhatIsBeyondTheCapacity() throws Exception {
        generator.waitFor(gate);
        open(settings(1, 2));
        List<QueuedGeneration> taken = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            taken.add(queue.submit(ImageRequest.of("a")));
        }
        awaitState(1, 2);

        assertThatThrownBy(() -> queue.submit(ImageRequest.of("a")))
                .isInstanceOfSatisfying(GenerationRefusedException.class, refusal -> {
                    assertThat(refusal.reason()).isEqualTo(Reason.FULL);
                    assertThat(refusal.retryAfter()).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
                })
                .hasMessage("1 generations run and 2 wait, which is as many as may; ask again in 1 s");

        gate.countDown();
        for (QueuedGeneration generation : taken) {
            assertThat(generation.await().steps()).isEqualTo(3);
        }
        assertThat(outcomes)
                .filteredOn(outcome -> outcome.end() == End.REFUSED_FULL)
                .hasSize(1);
    }

    @Test
    void refusesWhatWaitsTooLong() throws Exception {
        generator.waitFor(gate);
        open(new QueueSettings(1, 2, Duration.ofMillis(30), LONG));
        QueuedGeneration runs = queue.submit(ImageRequest.of("a"));
        awaitState(1, 0);
        QueuedGeneration waits = queue.submit(ImageRequest.of("b"));

        assertThat(failure(waits))
                .isInstanceOfSatisfying(
                        GenerationRefusedException.class,
                        refusal -> assertThat(refusal.reason()).isEqualTo(Reason.TIMEOUT))
                .hasMessageStartingWith("the generation waited for 30 ms, which is as long as it may");
        assertThat(queue.state().waiting()).isZero();
        gate.countDown();
        assertThat(runs.await().steps()).as("what runs has no limit").isEqualTo(3);
    }

    @Test
    void whatIsCancelledLeavesTheQueueOrTakesNoFurtherStep() throws Exception {
        List<Integer> steps = new CopyOnWriteArrayList<>();
        CompletableFuture<QueuedGeneration> first = new CompletableFuture<>();
        open(settings(1, 2));
        first.complete(queue.submit(ImageRequest.of("a").withSteps(900), new StepListener() {
            @Override
            public void after(StepTrace step) {
                steps.add(step.step());
                if (step.step() == 1) {
                    first.join().cancel();
                }
            }
        }));

        assertThat(failure(first.join()))
                .isInstanceOf(GenerationCancelledException.class)
                .hasMessage("the generation of 'a' was cancelled");
        assertThat(steps).containsExactly(0, 1);

        generator.waitFor(gate);
        QueuedGeneration runs = queue.submit(ImageRequest.of("b"));
        awaitState(1, 0);
        QueuedGeneration waits = queue.submit(ImageRequest.of("c"));
        waits.cancel();
        assertThat(failure(waits)).hasMessage("the generation of 'c' was cancelled before it began");
        gate.countDown();
        assertThat(runs.await().steps()).isEqualTo(3);
        assertThat(outcomes)
                .filteredOn(outcome -> outcome.end() == End.CANCELLED)
                .hasSize(2);
    }

    @Test
    void oneThatFailsLeavesTheOthersAlone() throws Exception {
        open(settings(1, 2));
        generator.failWith(new java.io.IOException("no more ink"));

        QueuedGeneration failing = queue.submit(ImageRequest.of("a"));

        assertThatThrownBy(failing::await)
                .isInstanceOf(GenerationFailedException.class)
                .hasMessage("the generator failed: java.io.IOException: no more ink");
        generator.failWith(new IllegalStateException("unchecked"));
        assertThatThrownBy(queue.submit(ImageRequest.of("a"))::await).hasMessage("unchecked");
        assertThat(queue.submit(ImageRequest.of("a")).await().steps()).isEqualTo(3);
        assertThat(outcomes).extracting(GenerationOutcome::end).containsExactly(End.FAILED, End.FAILED, End.DONE);
    }

    @Test
    void refusesWhatTheGeneratorDoesNotFollow() {
        open(settings(1, 1));

        assertThatThrownBy(() -> queue.submit(ImageRequest.of("a").withWidth(64)))
                .isInstanceOfSatisfying(
                        InvalidImageRequestException.class,
                        refusal -> assertThat(refusal.option()).isEqualTo("width"))
                .hasMessage("width must not be set: this generator follows [seed, steps]");
        assertThatThrownBy(() -> queue.submit(ImageRequest.of("a".repeat(21))))
                .hasMessage("prompt must have 20 characters or fewer");
        assertThatThrownBy(() -> ImageRequest.of(" ")).hasMessage("prompt must be text, was blank");
        assertThatThrownBy(() -> ImageRequest.of("a").withSteps(0)).hasMessage("steps must be 1 or more, was 0");
    }

    @Test
    void stoppingFinishesWhatRunsAndRefusesTheRest() throws Exception {
        generator.waitFor(gate);
        open(settings(1, 2));
        QueuedGeneration runs = queue.submit(ImageRequest.of("a"));
        awaitState(1, 0);
        QueuedGeneration waits = queue.submit(ImageRequest.of("b"));
        CompletableFuture<Void> stopping = CompletableFuture.runAsync(queue::stop);

        assertThat(failure(waits))
                .isInstanceOfSatisfying(
                        GenerationRefusedException.class,
                        refusal -> assertThat(refusal.reason()).isEqualTo(Reason.STOPPING));
        assertThatThrownBy(() -> queue.submit(ImageRequest.of("c"))).hasMessageContaining("the application stops");
        assertThat(stopping).isNotDone();
        gate.countDown();
        stopping.join();
        assertThat(runs.await().steps()).isEqualTo(3);

        queue.start();
        assertThat(queue.submit(ImageRequest.of("d")).await().steps())
                .as("it can be started again")
                .isEqualTo(3);
    }

    @Test
    void stoppingCancelsWhatTakesTooLong() throws Exception {
        open(new QueueSettings(1, 2, LONG, Duration.ofMillis(20)));
        QueuedGeneration runs = queue.submit(ImageRequest.of("a").withSteps(1_000_000));
        awaitState(1, 0);

        queue.stop();

        assertThat(failure(runs)).isInstanceOf(GenerationCancelledException.class);
        assertThat(queue.state()).isEqualTo(new QueueState(0, 0, false));
    }
}
