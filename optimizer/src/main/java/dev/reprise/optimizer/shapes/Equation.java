package dev.reprise.optimizer.shapes;

import com.google.common.base.Splitter;
import dev.reprise.graph.Node;
import dev.reprise.graph.onnx.AttributeProto;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The equation of an Einsum: {@code bij,bjk->bik}.
 *
 * @param operands the letters of each operand
 * @param result the letters of the result, null where the equation leaves it out
 */
record Equation(List<String> operands, @Nullable String result) {
    private static final String ELLIPSIS = "...";

    static @Nullable Equation of(Node node) {
        AttributeProto attribute = node.attribute("equation");
        if (attribute == null) {
            return null;
        }
        String text = attribute.getS().toStringUtf8().replace(" ", "");
        int arrow = text.indexOf("->");
        return new Equation(
                Splitter.on(',').splitToList(arrow < 0 ? text : text.substring(0, arrow)),
                arrow < 0 ? null : text.substring(arrow + 2));
    }

    boolean hasEllipsis() {
        return operands.stream().anyMatch(letters -> letters.contains(".")) || (result != null && result.contains("."));
    }

    /** The size of each letter; null where a shape is unknown or does not fit. Dimensions under an ellipsis are left out. */
    @Nullable
    Map<Character, Long> sizes(Operands node) {
        Map<Character, Long> sizes = new HashMap<>();
        for (int i = 0; i < operands.size(); i++) {
            List<Long> shape = node.shape(i);
            String letters = operands.get(i).replace(ELLIPSIS, "");
            boolean exact = letters.length() == operands.get(i).length();
            if (shape == null || letters.length() > shape.size() || (exact && letters.length() != shape.size())) {
                return null;
            }
            int skipped = shape.size() - letters.length();
            for (int j = 0; j < letters.length(); j++) {
                sizes.merge(letters.charAt(j), shape.get(skipped + j), Math::max);
            }
        }
        return sizes;
    }
}
