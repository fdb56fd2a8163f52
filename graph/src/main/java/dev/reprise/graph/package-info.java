/** Generated ONNX protobuf, the graph model, weight ranges and the bundle manifest. */
@NullMarked
package dev.reprise.graph;

import org.jspecify.annotations.NullMarked;
