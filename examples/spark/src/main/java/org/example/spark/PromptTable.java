package org.example.spark;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/** The table of prompts and seeds: CSV with a header, or Parquet. */
final class PromptTable {
    private PromptTable() {}

    /**
     * Reads the columns of a {@link PromptRow} as text.
     *
     * @throws JobInputException when there is no such table, or a column is missing, or two rows have one id
     */
    static Dataset<Row> read(SparkSession spark, String path) {
        Dataset<Row> table = open(spark, path);
        List<String> found = Arrays.asList(table.columns());
        if (!found.containsAll(PromptRow.COLUMNS)) {
            throw new JobInputException(
                    path + ": the table must have the columns " + PromptRow.COLUMNS + ", found " + found);
        }
        Dataset<Row> prompts = table.select(PromptRow.COLUMNS.stream()
                .map(name -> table.col(name).cast("string"))
                .toArray(Column[]::new));
        requireUnique(path, prompts);
        return prompts;
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

    private static void requireUnique(String path, Dataset<Row> prompts) {
        List<String> twice = prompts
                .filter(functions.col("id").isNotNull())
                .groupBy("id")
                .count()
                .filter("count > 1")
                .select("id")
                .limit(3)
                .collectAsList()
                .stream()
                .map(row -> "'" + row.getString(0) + "'")
                .sorted()
                .toList();
        if (!twice.isEmpty()) {
            throw new JobInputException(
                    path + ": ids must be unique, found more than once: " + String.join(", ", twice));
        }
    }
}
