package org.example.spark;

import java.util.List;
import org.apache.spark.sql.Row;

/**
 * What a row of the table asks for.
 *
 * @param id names the row, in the input and in the output
 * @param digit 0 to 9
 * @param seed of the noise, 0 or more
 */
record PromptRow(String id, int digit, long seed) {
    /** The columns that a table must have. All are read as text, so that a value that is none becomes this row's error. */
    static final List<String> COLUMNS = List.of("id", "prompt", "seed");

    /**
     * Reads a row of {@link #COLUMNS}.
     *
     * @throws InvalidRowException when the row asks for nothing that can be drawn
     */
    static PromptRow of(Row row) {
        return new PromptRow(text(row, 0), digit(text(row, 1)), seed(text(row, 2)));
    }

    private static String text(Row row, int column) {
        if (row.isNullAt(column) || row.getString(column).isBlank()) {
            throw new InvalidRowException(COLUMNS.get(column) + " must be given, found nothing");
        }
        return row.getString(column).strip();
    }

    private static int digit(String prompt) {
        if (!prompt.matches("[0-9]")) {
            throw new InvalidRowException("prompt must be a digit from 0 to 9, was '" + prompt + "'");
        }
        return Integer.parseInt(prompt);
    }

    private static long seed(String text) {
        try {
            long seed = Long.parseLong(text);
            if (seed >= 0) {
                return seed;
            }
        } catch (NumberFormatException e) {
            // The same message: what was found says which of both it is.
        }
        throw new InvalidRowException("seed must be an integer from 0 to " + Long.MAX_VALUE + ", was '" + text + "'");
    }
}
