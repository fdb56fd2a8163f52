package org.example.spark;

import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd;
import scala.jdk.javaapi.CollectionConverters;

/** Counts the attempts of one query's tasks on the driver, and tells how far it is whenever one succeeds. */
final class TaskCounts extends SparkListener {
    /** Of the thread that submits the query, and so of the jobs that it consists of. */
    private static final String QUERY = "org.example.spark.query";

    private static final String EXECUTION_ID = "spark.sql.execution.id";

    private final AtomicInteger finished = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();
    private final AtomicInteger speculative = new AtomicInteger();
    private final AtomicInteger executorsLost = new AtomicInteger();
    private final AtomicLong processorNanos = new AtomicLong();
    private final Set<Object> stages = ConcurrentHashMap.newKeySet();
    private final Set<String> executions = ConcurrentHashMap.newKeySet();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final String name = UUID.randomUUID().toString();
    private final LongSupplier rows;
    private final LongConsumer progress;
    private long told;

    /**
     * Counts for one query.
     *
     * @param rows how many are done
     * @param progress told when there are more
     */
    TaskCounts(LongSupplier rows, LongConsumer progress) {
        this.rows = rows;
        this.progress = progress;
    }

    /** Runs the query, and counts its tasks. Spark tells a listener later than it goes on: this waits for what was told last. */
    void during(SparkContext context, Runnable query) {
        context.addSparkListener(this);
        context.setLocalProperty(QUERY, name);
        try {
            query.run();
            if (!ended.await(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException("Spark did not say within 30 s that the query ended");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for the end of the query", e);
        } finally {
            context.setLocalProperty(QUERY, null);
            context.removeSparkListener(this);
        }
    }

    @Override
    public void onJobStart(SparkListenerJobStart start) {
        if (name.equals(start.properties().getProperty(QUERY))) {
            stages.addAll(CollectionConverters.asJava(start.stageIds()));
            executions.add(start.properties().getProperty(EXECUTION_ID, ""));
        }
    }

    @Override
    public void onTaskStart(SparkListenerTaskStart start) {
        if (stages.contains(start.stageId()) && start.taskInfo().speculative()) {
            speculative.incrementAndGet();
        }
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
        if (!stages.contains(end.stageId())) {
            return;
        }
        if (end.taskInfo().successful()) {
            finished.incrementAndGet();
            processorNanos.addAndGet(end.taskMetrics().executorCpuTime());
            tell();
        } else if (!end.taskInfo().killed()) {
            failed.incrementAndGet();
        }
    }

    /** Spark calls a listener on one thread. */
    private void tell() {
        long done = rows.getAsLong();
        if (done > told) {
            told = done;
            progress.accept(done);
        }
    }

    @Override
    public void onExecutorRemoved(SparkListenerExecutorRemoved removed) {
        executorsLost.incrementAndGet();
    }

    @Override
    public void onOtherEvent(SparkListenerEvent event) {
        if (event instanceof SparkListenerSQLExecutionEnd end
                && executions.contains(Long.toString(end.executionId()))) {
            ended.countDown();
        }
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%s tasks, %.1f s of processor time, %s failed attempts, %s speculative, %s executors lost",
                finished,
                processorNanos.get() / 1e9,
                failed,
                speculative,
                executorsLost);
    }
}
