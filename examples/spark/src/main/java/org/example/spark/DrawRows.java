package org.example.spark;

import java.util.Iterator;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.util.TaskCompletionListener;

/**
 * A task: draws the rows of a partition, one after another, as whoever writes them asks for the next. It has no effect but the rows it
 * returns and what it counts.
 */
final class DrawRows implements MapPartitionsFunction<Row, Row> {
    private static final long serialVersionUID = 1;
    /** Odd and far from a power of two: ids that count up spread evenly. */
    private static final int SPREAD = 0x9E3779B1;

    private final GenerationSettings settings;
    private final JobCounts counts;

    DrawRows(GenerationSettings settings, JobCounts counts) {
        this.settings = settings;
        this.counts = counts;
    }

    @Override
    public Iterator<Row> call(Iterator<Row> prompts) {
        TaskContext task = TaskContext.get();
        PictureGenerator generator = generator(settings, counts::opened);
        // Also when the task fails or is killed.
        task.addTaskCompletionListener((TaskCompletionListener) done -> generator.close());
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return prompts.hasNext();
            }

            @Override
            public Row next() {
                return draw(prompts.next(), generator, () -> requireWanted(task))
                        .toRow();
            }
        };
    }

    /** What a task draws with, on this executor. */
    static PictureGenerator generator(GenerationSettings settings, Runnable opened) {
        return ExecutorModels.of(settings, opened)
                .generator(settings.policy() == null ? null : settings.policyFile(), settings.steps());
    }

    private PictureRow draw(Row given, PictureGenerator generator, Runnable beforeStep) {
        try {
            PromptRow prompt = PromptRow.of(given);
            Drawing drawing = generator.draw(prompt, isMeasured(prompt.id(), settings.measuredShare()), beforeStep);
            counts.drawn(drawing);
            return PictureRow.drawn(given, drawing);
        } catch (InvalidRowException e) {
            counts.failed();
            return PictureRow.failed(given, e);
        }
    }

    /** Whether a row is among those whose quality is measured: chosen by its id alone, so that every run chooses the same. */
    static boolean isMeasured(String id, double share) {
        long spread = Integer.toUnsignedLong(id.hashCode() * SPREAD);
        return spread < share * 0x1p32;
    }

    /** A speculative copy that lost ends within a step. */
    private static void requireWanted(TaskContext task) {
        if (task.isInterrupted()) {
            throw new TaskKilledException("the task is not wanted any more");
        }
    }
}
