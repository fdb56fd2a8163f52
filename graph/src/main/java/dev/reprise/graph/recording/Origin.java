package dev.reprise.graph.recording;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import java.util.List;

/**
 * What made a recording, and where.
 *
 * @param created ISO-8601 time
 * @param reprise version of this project
 * @param onnxRuntime version of ONNX Runtime
 * @param provider execution provider: {@code cpu}, {@code cuda:0}
 * @param threads threads of one operator
 * @param system operating system and processor architecture
 * @param source file name of the model
 * @param rewrites rewrites for speed of the segments that ran, sorted; empty where the exporter's own ran
 * @param model {@link ModelFingerprint#hash} of the model
 */
public record Origin(
        String created,
        String reprise,
        String onnxRuntime,
        String provider,
        int threads,
        String system,
        String source,

        @JsonInclude(JsonInclude.Include.NON_EMPTY) @JsonSetter(nulls = Nulls.AS_EMPTY)
        List<String> rewrites,

        String model) {

    public Origin {
        rewrites = List.copyOf(rewrites);
    }

    /** Whether what another one computes should be the same bits: same ONNX Runtime, provider, threads, rewrites and kind of machine. */
    public boolean computesAlike(Origin other) {
        return onnxRuntime.equals(other.onnxRuntime)
                && provider.equals(other.provider)
                && threads == other.threads
                && rewrites.equals(other.rewrites)
                && system.equals(other.system);
    }
}
