package dev.reprise.cli.doctor;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The cores, and the thread pool of ONNX Runtime.
 *
 * @param javaCores cores that this process may use, as Java counts: affinity and container limits included
 * @param physicalCores cores without their second hardware threads, which ONNX Runtime would take by default; null where unknown
 * @param poolThreads threads of the pool that all sessions share, null where there is none
 */
record ThreadFacts(
        int javaCores,
        @Nullable Integer physicalCores,
        @Nullable Integer poolThreads) {
    private static final String AREA = "threads";

    static ThreadFacts find(@Nullable Integer poolThreads) {
        int physical = PhysicalCores.count();
        return new ThreadFacts(
                Runtime.getRuntime().availableProcessors(), physical == 0 ? null : physical, poolThreads);
    }

    List<Finding> findings() {
        if (poolThreads == null) {
            return List.of(Finding.warning(
                    AREA,
                    "sessions share no thread pool: other code of this process made ONNX Runtime's environment",
                    "open the first Reprise model before other code uses ONNX Runtime"));
        }
        if (poolThreads > javaCores) {
            return List.of(Finding.warning(
                    AREA,
                    "the shared pool has " + poolThreads + " threads, but the process may use " + javaCores + " cores",
                    "use --threads " + javaCores + " or fewer"));
        }
        return List.of();
    }
}
