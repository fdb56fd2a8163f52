package org.example.spark;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * The table of prompts and seeds: CSV with a header, or Parquet.
 *
 * @param rows the columns of a {@link PromptRow}, as text
 * @param count of the rows
 */
record PromptTable(Dataset<Row> rows, long count) {

    /**
     * Reads a table.
     *
     * @throws JobInputException when there is none, or a column is missing, or two rows have one id
     */
    static PromptTable read(SparkSession spark, String path) {
        Dataset<Row> table = open(spark, path);
        List<String> found = Arrays.asList(table.columns());
        if (!found.containsAll(PromptRow.COLUMNS)) {
            throw new JobInputException(
                    path + ": the table must have the columns " + PromptRow.COLUMNS + ", found " + found);
        }
        Dataset<Row> rows = table.select(PromptRow.COLUMNS.stream()
                .map(name -> table.col(name).cast("string"))
                .toArray(Column[]::new));
        return new PromptTable(rows, countUnique(path, rows));
    }

    /** One pass over the table: how many rows, and whether an id is there twice. Rows without an id have errors of their own later. */
    private static long countUnique(String path, Dataset<Row> rows) {
        Row counted = rows.groupBy("id")
                .count()
                .agg(
                        functions.coalesce(functions.sum("count"), functions.lit(0L)),
                        functions.min(functions.when(functions.expr("count > 1"), functions.col("id"))))
                .head();
        if (!counted.isNullAt(1)) {
            throw new JobInputException(
                    path + ": ids must be unique, found more than once: '" + counted.getString(1) + "'");
        }
        return counted.getLong(0);
    }

    private static Dataset<Row> open(SparkSession spark, String path) {
        String name = path.replaceAll("/+$", "").toLowerCase(Locale.ROOT);
        try {
            if (name.endsWith(".csv")) {
                return spark.read().option("header", true).csv(path);
            }
            if (name.endsWith(".parquet")) {
                return spark.read().parquet(path);
            }
        } catch (Exception e) {
            // Scala throws the checked AnalysisException without declaring it.
            throw unreadable(path, e);
        }
        throw new JobInputException(path + ": the table's name must end in .csv or .parquet");
    }

    private static JobInputException unreadable(String path, Exception e) {
        return new JobInputException(path + ": the table cannot be read: "
                + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
    }
}
