package dev.reprise.cli.doctor;

import dev.reprise.ort.provider.ExecutionProvider;
import java.util.ArrayList;
import java.util.List;

/**
 * What was found on this machine, area by area.
 *
 * @param versions what is installed
 * @param ort ONNX Runtime, its providers and devices
 * @param memory what this process may take
 * @param threads the cores and the thread pool
 * @param text encodings
 */
record Diagnosis(Versions versions, OrtFacts ort, MemoryFacts memory, ThreadFacts threads, TextFacts text) {
    /**
     * Looks at everything.
     *
     * @param requested providers that must work
     * @param poolThreads of the shared pool, 0 for one per core
     */
    static Diagnosis find(List<ExecutionProvider> requested, int poolThreads) {
        OrtFacts ort = OrtFacts.find(requested, poolThreads);
        return new Diagnosis(
                Versions.find(ort.version()),
                ort,
                MemoryFacts.find(),
                ThreadFacts.find(ort.poolThreads()),
                TextFacts.find());
    }

    List<Finding> findings() {
        List<Finding> findings = new ArrayList<>(ort.findings());
        findings.addAll(memory.findings());
        // A pool that is missing because nothing starts is not a finding of its own.
        if (ort.startFailure() == null) {
            findings.addAll(threads.findings());
        }
        findings.addAll(text.findings());
        return findings;
    }

    /** Whether the CPU and everything that was asked for works. */
    boolean isHealthy() {
        return findings().stream().noneMatch(finding -> finding.severity() == Finding.Severity.ERROR);
    }
}
