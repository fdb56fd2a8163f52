package dev.reprise.ort;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reprise.ort.api.SessionConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SharedSessionsTest {
    private final OrtRuntime runtime = new OrtRuntime(0);
    private final SharedSessions<String> sessions = new SharedSessions<>(2);
    private final List<String> opened = new ArrayList<>();

    @AfterEach
    void close() {
        sessions.close();
    }

    private ModelSession take(String key) {
        return sessions.take(key, 1, () -> open(key));
    }

    private synchronized ModelSession open(String key) {
        opened.add(key);
        return runtime.open(key, TestModels.identity(), SessionConfig.cpu());
    }

    @Test
    void usersShareAndIdleOnesStayOpen() {
        ModelSession first = take("a");
        assertThat(take("a")).isSameAs(first);
        sessions.release("a");
        sessions.release("a");
        assertThat(take("a")).isSameAs(first);
        assertThat(opened).containsExactly("a");
        sessions.release("a");
    }

    @Test
    void theIdleOnesThatWereUsedLongestAgoAreClosed() {
        ModelSession a = take("a");
        ModelSession b = take("b");
        ModelSession c = take("c");
        sessions.release("b");
        sessions.release("a");
        // Three are open and two may be: the next one that nobody uses, used longest ago, goes.
        assertThat(b.isClosed()).isTrue();
        assertThat(a.isClosed()).isFalse();
        take("d");
        assertThat(a.isClosed()).isTrue();
        sessions.release("c");
        sessions.release("d");
        assertThat(c.isClosed()).isFalse();
    }

    @Test
    void whatIsUsedIsNeverClosed() {
        ModelSession used = take("used");
        for (String key : List.of("a", "b", "c", "d")) {
            take(key);
            sessions.release(key);
        }
        sessions.close();
        assertThat(used.isClosed()).isFalse();
        assertThat(sessions.size()).isOne();
        sessions.release("used");
    }

    @Test
    void oneOpensWhileAnotherIsStillOpening() throws InterruptedException, ExecutionException {
        CountDownLatch opening = new CountDownLatch(1);
        CountDownLatch finish = new CountDownLatch(1);
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<ModelSession> slow = thread.submit(() -> sessions.take("slow", 1, () -> {
                opening.countDown();
                await(finish);
                return open("slow");
            }));
            opening.await();
            assertThat(take("fast").isClosed()).isFalse();
            assertThat(slow.isDone()).isFalse();
            finish.countDown();
            assertThat(take("slow")).isSameAs(slow.get());
            assertThat(opened).containsExactly("fast", "slow");
        } finally {
            finish.countDown();
            thread.shutdown();
        }
        List.of("fast", "slow", "slow").forEach(sessions::release);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void oneThatCannotBeOpenedIsTriedAgain() {
        assertThatThrownBy(() -> sessions.take("a", 1, () -> {
                    throw new IllegalArgumentException("not now");
                }))
                .hasMessage("not now");
        assertThat(take("a").isClosed()).isFalse();
        sessions.release("a");
        assertThatThrownBy(() -> sessions.release("a")).hasMessageContaining("more often than it was taken");
    }
}
