package org.example.spark;

import java.util.Locale;

/**
 * What a job did.
 *
 * @param rows in the output
 * @param errors rows of them without a picture
 * @param stepsComputed denoising steps in which nothing was reused
 * @param stepsReused denoising steps in which something was
 * @param modelsOpened by tasks that succeeded: one for each executor that drew
 * @param millis of all generations
 * @param seconds from the first task to the last
 * @param attempts of tasks, and the processor time of those that succeeded, in words
 */
record JobReport(
        long rows,
        long errors,
        long stepsComputed,
        long stepsReused,
        long modelsOpened,
        long millis,
        double seconds,
        String attempts,
        String output) {

    @Override
    public String toString() {
        long pictures = rows - errors;
        return String.format(
                Locale.ROOT,
                "%d rows: %d pictures, %d errors%n"
                        + "steps: %d computed, %d reused%n"
                        + "time: %.1f s, %.1f pictures/s, %.0f ms a picture%n"
                        + "models opened: %d%n"
                        + "%s%n"
                        + "written: %s",
                rows,
                pictures,
                errors,
                stepsComputed,
                stepsReused,
                seconds,
                pictures / seconds,
                pictures == 0 ? 0 : (double) millis / pictures,
                modelsOpened,
                attempts,
                output);
    }
}
