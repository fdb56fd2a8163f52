package dev.reprise.ort;

import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;

/** How far ONNX Runtime rewrites a graph before it runs it. */
public enum GraphOptimizations {
    /** Not at all: a cut model then gives the same bits as the unsplit one. */
    NONE(OptLevel.NO_OPT),
    /** Rewrites that keep what the graph says: constants folded, redundant nodes removed. */
    BASIC(OptLevel.BASIC_OPT),
    /** Fusions of several nodes into one operator, too. */
    EXTENDED(OptLevel.EXTENDED_OPT),
    /** Other memory layouts, too. */
    ALL(OptLevel.ALL_OPT);

    private final OptLevel level;

    GraphOptimizations(OptLevel level) {
        this.level = level;
    }

    OptLevel level() {
        return level;
    }
}
