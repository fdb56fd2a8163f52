/** The graph of an ONNX model: nodes, and values as edges. Read {@link dev.reprise.graph.Graph} first. */
@NullMarked
package dev.reprise.graph;

import org.jspecify.annotations.NullMarked;
