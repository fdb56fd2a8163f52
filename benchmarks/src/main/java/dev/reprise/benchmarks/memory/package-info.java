/**
 * How much memory a process takes, measured by hand: programs with a {@code main}. Linux only: resident memory is read from
 * {@code /proc/self/status}. Each says in its first lines what it measures and what it is given.
 *
 * <pre>
 * mvn -Dfast -DskipTests -pl benchmarks -am package
 * memory() { java -cp 'benchmarks/target/*' dev.reprise.benchmarks.memory."$@"; }
 * memory RandomTransformer /tmp/model                # 48 million parameters at 256 tokens
 * ./reprise optimize /tmp/model/model.onnx -o /tmp/model/bundle
 * memory PolicyChanges /tmp/model/bundle
 * memory PeakMemory /tmp/model/model.onnx /tmp/model/bundle
 * memory LongRun
 * memory BigModel /tmp/big
 * memory ThreadScaling /tmp/model/bundle             # no memory, but a process for each figure too
 * </pre>
 *
 * {@code MemoryIT} runs them on small models.
 */
@NullMarked
package dev.reprise.benchmarks.memory;

import org.jspecify.annotations.NullMarked;
