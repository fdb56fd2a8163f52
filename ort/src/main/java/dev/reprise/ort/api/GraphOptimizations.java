package dev.reprise.ort.api;

/** How far ONNX Runtime rewrites a graph before it runs it. */
public enum GraphOptimizations {
    /** Not at all: a cut model then gives the same bits as the unsplit one. */
    NONE,
    /** Rewrites that keep what the graph says: constants folded, redundant nodes removed. */
    BASIC,
    /** Fusions of several nodes into one operator, too. */
    EXTENDED,
    /** Other memory layouts, too. */
    ALL
}
