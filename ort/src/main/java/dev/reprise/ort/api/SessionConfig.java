package dev.reprise.ort.api;


import dev.reprise.ort.provider.CpuProvider;
import dev.reprise.ort.provider.ExecutionProvider;
import java.util.HashMap;
import java.util.Map;

/**
 * What ONNX Runtime needs to know to open a session.
 *
 * @param provider what its operators run on
 * @param threads threads of one operator, 0 for ONNX Runtime's default (one per core). Sessions with the process's first figure
 *     share one thread pool
 * @param optimizations how far the graph is rewritten
 * @param prepacking whether a session may keep rearranged copies of weights: faster, more memory
 * @param entries further session configuration entries, by ONNX Runtime's names
 */
public record SessionConfig(
        ExecutionProvider provider,
        int threads,
        GraphOptimizations optimizations,
        boolean prepacking,
        Map<String, String> entries) {

    public SessionConfig {
        if (threads < 0) {
            throw new IllegalArgumentException("threads must be 0 (default) or more, was " + threads);
        }
        entries = Map.copyOf(entries);
    }

    /** On the CPU: all optimizations, prepacking, as many threads as cores. */
    public static SessionConfig cpu() {
        return new SessionConfig(new CpuProvider(), 0, GraphOptimizations.ALL, true, Map.of());
    }

    public SessionConfig withProvider(ExecutionProvider other) {
        return new SessionConfig(other, threads, optimizations, prepacking, entries);
    }

    public SessionConfig withThreads(int count) {
        return new SessionConfig(provider, count, optimizations, prepacking, entries);
    }

    public SessionConfig withOptimizations(GraphOptimizations level) {
        return new SessionConfig(provider, threads, level, prepacking, entries);
    }

    public SessionConfig withoutPrepacking() {
        return new SessionConfig(provider, threads, optimizations, false, entries);
    }

    public SessionConfig withEntry(String key, String value) {
        Map<String, String> more = new HashMap<>(entries);
        more.put(key, value);
        return new SessionConfig(provider, threads, optimizations, prepacking, more);
    }
}
