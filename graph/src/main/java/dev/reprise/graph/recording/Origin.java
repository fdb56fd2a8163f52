package dev.reprise.graph.recording;

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
        String model) {

    /** Whether what another one computes should be the same bits: same ONNX Runtime, provider, threads and kind of machine. */
    public boolean computesAlike(Origin other) {
        return onnxRuntime.equals(other.onnxRuntime)
                && provider.equals(other.provider)
                && threads == other.threads
                && system.equals(other.system);
    }
}
