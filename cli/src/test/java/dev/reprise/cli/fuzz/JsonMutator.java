package dev.reprise.cli.fuzz;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Changes a few values, fields or elements of a JSON document; it stays JSON. */
final class JsonMutator {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final Random random;

    JsonMutator(Random random) {
        this.random = random;
    }

    JsonNode mutate(JsonNode document) {
        JsonNode mutated = document.deepCopy();
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            List<JsonNode> containers = new ArrayList<>();
            collect(mutated, containers);
            change(containers.get(random.nextInt(containers.size())));
        }
        return mutated;
    }

    private static void collect(JsonNode node, List<JsonNode> containers) {
        if (node.isContainerNode()) {
            containers.add(node);
            node.forEach(child -> collect(child, containers));
        }
    }

    private void change(JsonNode container) {
        if (container instanceof ArrayNode array) {
            int at = array.isEmpty() ? -1 : random.nextInt(array.size());
            switch (at < 0 ? 0 : random.nextInt(4)) {
                case 0 -> array.add(value());
                case 1 -> array.remove(at);
                case 2 -> array.add(array.get(at).deepCopy());
                default -> array.set(at, value());
            }
            return;
        }
        ObjectNode object = (ObjectNode) container;
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        String name = names.isEmpty() ? "x" : names.get(random.nextInt(names.size()));
        switch (random.nextInt(4)) {
            case 0 -> object.remove(name);
            case 1 -> object.set(name + "x", value());
            default -> object.set(name, value());
        }
    }

    private JsonNode value() {
        return switch (random.nextInt(14)) {
            case 0 -> JSON.nullNode();
            case 1 -> JSON.numberNode(-1);
            case 2 -> JSON.numberNode(0);
            case 3 -> JSON.numberNode(Long.MAX_VALUE);
            case 4 -> JSON.numberNode(1.5);
            case 5 -> JSON.numberNode(Double.NaN);
            case 6 -> JSON.booleanNode(true);
            case 7 -> JSON.arrayNode();
            case 8 -> JSON.objectNode();
            case 9 -> JSON.textNode("/etc/hostname");
            case 10 -> JSON.textNode("../..");
            case 11 -> JSON.textNode("a\u0000\n\u202e");
            case 12 -> JSON.arrayNode().add(1L << 40).add(1L << 40);
            default -> JSON.numberNode(random.nextInt(8));
        };
    }
}
