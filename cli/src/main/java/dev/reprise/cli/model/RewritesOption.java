package dev.reprise.cli.model;

import dev.reprise.graph.bundle.RewriteLevel;
import dev.reprise.runtime.api.SessionSettings;
import java.util.List;
import picocli.CommandLine.Option;

/** Whether a model runs as it was rewritten for speed. */
public final class RewritesOption {
    @Option(
            names = "--rewrites",
            paramLabel = "none|safe|all",
            defaultValue = "safe",
            description =
                    "Whether segments run as they were rewritten for speed: none, the exporter's own; safe, on the CPU"
                            + " provider, where rewrites were measured; all, on every provider, and in int8 on the CPU provider where the"
                            + " bundle was quantized. Default: ${DEFAULT-VALUE}")
    private RewriteLevel level = RewriteLevel.SAFE;

    public SessionSettings applyTo(SessionSettings settings) {
        return settings.withRewrites(level);
    }

    /** The same option, for another process. */
    public List<String> arguments() {
        return List.of("--rewrites", level.label());
    }
}
