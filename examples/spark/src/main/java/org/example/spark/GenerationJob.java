package org.example.spark;

import java.util.List;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;

/**
 * Draws a table of prompts into a table of pictures.
 *
 * <pre>
 *   prompts → repartition(n) → draw each row → Parquet
 * </pre>
 *
 * <p>A row is a generation of its own, so no bit of it depends on its partition. Tasks write through Spark's commit protocol, which takes
 * one attempt of each, so none is lost or there twice. One object is one job: it counts once.
 */
final class GenerationJob {
    private final SparkSession spark;
    private final GenerationSettings settings;
    private final int partitions;
    private final Consumer<String> progress;
    private final JobCounts counts;

    /** @param progress told how many rows are done */
    GenerationJob(SparkSession spark, GenerationSettings settings, int partitions, Consumer<String> progress) {
        this.spark = spark;
        this.settings = settings;
        this.partitions = partitions;
        this.progress = progress;
        counts = new JobCounts(spark.sparkContext());
    }

    /**
     * Opens the model and the policy on one executor.
     *
     * @throws JobInputException when it cannot
     */
    void requireModel() {
        GenerationSettings tried = settings;
        JobCounts counted = counts;
        String problem = JavaSparkContext.fromSparkContext(spark.sparkContext())
                .parallelize(List.of(0), 1)
                .map(none -> problem(tried, counted))
                .first();
        if (!problem.isEmpty()) {
            throw new JobInputException(problem);
        }
    }

    private static String problem(GenerationSettings settings, JobCounts counts) {
        try {
            DrawRows.generator(settings, counts::opened).close();
            return "";
        } catch (RuntimeException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /**
     * Runs the job.
     *
     * @param output a folder that does not exist yet, which every executor and the driver can write
     */
    JobReport run(PromptTable prompts, String output) {
        return run(prompts, output, tasks());
    }

    MapPartitionsFunction<Row, Row> tasks() {
        return new DrawRows(settings, counts);
    }

    /** As {@link #run(PromptTable, String)} with tasks of another making, such as ones that fail. */
    JobReport run(PromptTable prompts, String output, MapPartitionsFunction<Row, Row> tasks) {
        TaskCounts attempts = new TaskCounts(
                counts.rows::value, drawn -> progress.accept(drawn + " of " + prompts.count() + " rows"));
        long start = System.nanoTime();
        attempts.during(
                spark.sparkContext(),
                () -> prompts.rows()
                        .repartition(partitions)
                        .mapPartitions(tasks, Encoders.row(PictureRow.SCHEMA))
                        .write()
                        .mode(SaveMode.ErrorIfExists)
                        .parquet(output));
        return new JobReport(
                counts.rows.value(),
                counts.errors.value(),
                counts.stepsComputed.value(),
                counts.stepsReused.value(),
                counts.modelsOpened.value(),
                counts.millis.value(),
                (System.nanoTime() - start) / 1e9,
                attempts.toString(),
                output);
    }
}
