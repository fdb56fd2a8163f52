package dev.reprise.optimizer.api;

/** Something about a model that its user should know before trusting a cut. */
public record Warning(Code code, String message) {
    /** Kinds of warnings. */
    public enum Code {
        /** Few nodes carry a module path. */
        LOW_COVERAGE,
        /** Attention whose module could not be told. */
        UNLOCATED_ATTENTION,
        /** No chain of blocks, so policies that skip blocks cannot work. */
        NO_BLOCK_CHAIN,
        /** Modules that two identifier lists claim. */
        OVERLAP,
        /** What was located contradicts itself, so policies may cache the wrong tensors. */
        LOCATION,
        /** Small shared values that every consumer got its own copy of. */
        CLONED,
        /** The ONNX version is newer than the runtime is known to accept. */
        VERSION,
        /** Types or shapes that stayed unknown. */
        UNKNOWN_TYPES,
        /** A defect of the exporter that was mended: the file itself does not run. */
        MENDED
    }

    @Override
    public String toString() {
        return code + ": " + message;
    }
}
