package dev.reprise.cli.model;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.reprise.graph.bundle.MendedNode;
import dev.reprise.verify.text.Json;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Which defects of the exporter were mended before a model was cut, for people and for programs. */
public final class MendedView {
    private MendedView() {}

    /** {@code no_op_squeeze at node_squeeze_3, node_squeeze_7}. */
    public static String text(List<MendedNode> mended) {
        Map<String, String> nodes = mended.stream()
                .collect(Collectors.groupingBy(
                        MendedNode::mend,
                        TreeMap::new,
                        Collectors.mapping(MendedNode::node, Collectors.joining(", "))));
        return nodes.entrySet().stream()
                .map(mend -> mend.getKey() + " at " + mend.getValue())
                .collect(Collectors.joining("; "));
    }

    /** As {@code docs/schema/optimize.schema.json} and {@code inspect.schema.json} have it. */
    public static ArrayNode json(List<MendedNode> mended) {
        ArrayNode json = Json.array();
        mended.forEach(one -> json.addObject().put("node", one.node()).put("mend", one.mend()));
        return json;
    }
}
