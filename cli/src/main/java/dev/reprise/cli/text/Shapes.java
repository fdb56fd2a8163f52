package dev.reprise.cli.text;

import dev.reprise.graph.bundle.TensorSpec;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Element types and shapes as people read them. */
public final class Shapes {
    private Shapes() {}

    /** {@code float [batch, 1, 28, 28]}. */
    public static String of(TensorSpec tensor) {
        return tensor.elementType().name().toLowerCase(Locale.ROOT) + " " + shape(Optional.of(tensor));
    }

    /** {@code [batch, 1, 28, 28]}; {@code […]} where it is not known. */
    public static String shape(Optional<TensorSpec> known) {
        List<Long> shape = known.map(TensorSpec::shape).orElse(null);
        if (known.isEmpty() || shape == null) {
            return "[…]";
        }
        TensorSpec tensor = known.get();
        StringBuilder text = new StringBuilder("[");
        for (int i = 0; i < shape.size(); i++) {
            String name =
                    i < tensor.dimensionNames().size() ? tensor.dimensionNames().get(i) : "";
            text.append(i == 0 ? "" : ", ")
                    .append(shape.get(i) >= 0 ? shape.get(i).toString() : name.isEmpty() ? unnamed(tensor, i) : name);
        }
        return text.append(']').toString();
    }

    /** The typical value of a dimension without a name. */
    private static String unnamed(TensorSpec tensor, int dimension) {
        List<Long> typical = tensor.typical();
        return typical != null && dimension < typical.size()
                ? typical.get(dimension).toString()
                : "?";
    }
}
