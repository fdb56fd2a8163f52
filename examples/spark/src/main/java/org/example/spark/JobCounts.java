package org.example.spark;

import java.io.Serializable;
import org.apache.spark.SparkContext;
import org.apache.spark.util.LongAccumulator;

/**
 * What tasks add up.
 *
 * <p>Spark takes the sums of an attempt of a task when it succeeds, and of one attempt for each partition: rows are drawn in the stage that
 * writes them, behind the job's only shuffle, and what an attempt added that failed, was lost with its executor or came second is dropped.
 * The figures are those of the rows in the output. In a stage before a shuffle they could count twice, where a lost executor makes Spark run
 * such a stage again.
 */
final class JobCounts implements Serializable {
    private static final long serialVersionUID = 1;

    final LongAccumulator rows;
    final LongAccumulator errors;
    final LongAccumulator stepsComputed;
    final LongAccumulator stepsReused;
    /** By tasks that succeeded. */
    final LongAccumulator modelsOpened;
    /** Of the generations, all tasks together. */
    final LongAccumulator millis;

    JobCounts(SparkContext context) {
        rows = context.longAccumulator("rows");
        errors = context.longAccumulator("rows with an error");
        stepsComputed = context.longAccumulator("steps computed");
        stepsReused = context.longAccumulator("steps reused");
        modelsOpened = context.longAccumulator("models opened");
        millis = context.longAccumulator("milliseconds of generation");
    }

    void drawn(Drawing drawing) {
        rows.add(1);
        stepsComputed.add(drawing.stepsComputed());
        stepsReused.add(drawing.stepsReused());
        millis.add(Math.round(drawing.millis()));
    }

    void failed() {
        rows.add(1);
        errors.add(1);
    }

    void opened() {
        modelsOpened.add(1);
    }
}
