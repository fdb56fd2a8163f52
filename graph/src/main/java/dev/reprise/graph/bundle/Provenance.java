package dev.reprise.graph.bundle;

import com.google.common.collect.ImmutableSortedMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a bundle came from.
 *
 * @param tool name and version of the optimizer that wrote it
 * @param sourceFile file name of the original model, without a directory
 * @param sourceHash SHA-256 (hex) of the original model without its weights: graph, names, attributes, metadata
 * @param producer producer name and version that the original model declares, may be empty
 * @param irVersion ONNX IR version
 * @param opsets operator set versions by domain, the default domain as ""
 * @param exporter what the node names look like: {@code torchscript}, {@code dynamo} or {@code unknown}
 * @param prefix wrapper prefix that was stripped from the module paths, "" for none
 * @param created ISO-8601 time, null in reproducible builds
 */
public record Provenance(
        String tool,
        String sourceFile,
        String sourceHash,
        String producer,
        long irVersion,
        Map<String, Long> opsets,
        String exporter,
        String prefix,
        @Nullable String created) {

    public Provenance {
        // Sorted, so that the manifest has the same bytes each time.
        opsets = ImmutableSortedMap.copyOf(opsets);
    }
}
