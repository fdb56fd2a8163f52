/**
 * How much memory a process takes, measured by hand: programs with a {@code main}, each in a process of its own.
 *
 * <pre>
 * mvn -Dfast -pl benchmarks -am package -DskipTests
 * java -cp benchmarks/target/reprise-benchmarks-0.1.0-SNAPSHOT.jar dev.reprise.benchmarks.memory.RandomTransformer /tmp/model
 * java -cp benchmarks/target/reprise-benchmarks-0.1.0-SNAPSHOT.jar dev.reprise.benchmarks.memory.PolicyChanges /tmp/model/model.onnx
 * </pre>
 *
 * Linux only: resident memory is read from {@code /proc/self/status}.
 */
@NullMarked
package dev.reprise.benchmarks.memory;

import org.jspecify.annotations.NullMarked;
