package dev.reprise.optimizer.rewrite;

import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.TensorProto;
import java.util.List;

/**
 * What takes the place of a node. The nodes that only it read go away by themselves.
 *
 * @param nodes make every output of the node under its old name, in an order in which they can run
 * @param constants new initializers that they read
 */
record Replacement(List<NodeProto> nodes, List<TensorProto> constants) {
    Replacement {
        nodes = List.copyOf(nodes);
        constants = List.copyOf(constants);
    }
}
