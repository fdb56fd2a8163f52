package dev.reprise.ort.api;

import dev.reprise.ort.provider.CpuProvider;
import dev.reprise.ort.provider.ExecutionProvider;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What ONNX Runtime needs to know to open a session.
 *
 * @param provider what its operators run on
 * @param fallbacks what they run on where that cannot be used, in order
 * @param threads threads of one operator, 0 for one per core. Sessions with the process's first figure
 *     share one thread pool
 * @param optimizations how far the graph is rewritten
 * @param prepacking whether a session may keep rearranged copies of weights: faster, more memory
 * @param entries further session configuration entries, by ONNX Runtime's names
 */
public record SessionConfig(
        ExecutionProvider provider,
        List<ExecutionProvider> fallbacks,
        int threads,
        GraphOptimizations optimizations,
        boolean prepacking,
        Map<String, String> entries) {

    public SessionConfig {
        if (threads < 0) {
            throw new IllegalArgumentException("threads must be 0 (default) or more, was " + threads);
        }
        fallbacks = List.copyOf(fallbacks);
        entries = Map.copyOf(entries);
    }

    /** On the CPU: all optimizations, prepacking, as many threads as cores. */
    public static SessionConfig cpu() {
        return new SessionConfig(new CpuProvider(), List.of(), 0, GraphOptimizations.ALL, true, Map.of());
    }

    /** On another provider, without fallbacks. */
    public SessionConfig withProvider(ExecutionProvider other) {
        return new SessionConfig(other, List.of(), threads, optimizations, prepacking, entries);
    }

    /** With one more fallback, behind those that it has. */
    public SessionConfig withFallback(ExecutionProvider next) {
        List<ExecutionProvider> more = new ArrayList<>(fallbacks);
        more.add(next);
        return new SessionConfig(provider, more, threads, optimizations, prepacking, entries);
    }

    /** All providers, in the order in which they are tried. */
    public List<ExecutionProvider> providers() {
        List<ExecutionProvider> all = new ArrayList<>(List.of(provider));
        all.addAll(fallbacks);
        return all;
    }

    public SessionConfig withThreads(int count) {
        return new SessionConfig(provider, fallbacks, count, optimizations, prepacking, entries);
    }

    public SessionConfig withOptimizations(GraphOptimizations level) {
        return new SessionConfig(provider, fallbacks, threads, level, prepacking, entries);
    }

    public SessionConfig withoutPrepacking() {
        return new SessionConfig(provider, fallbacks, threads, optimizations, false, entries);
    }

    public SessionConfig withEntry(String key, String value) {
        Map<String, String> more = new HashMap<>(entries);
        more.put(key, value);
        return new SessionConfig(provider, fallbacks, threads, optimizations, prepacking, more);
    }
}
