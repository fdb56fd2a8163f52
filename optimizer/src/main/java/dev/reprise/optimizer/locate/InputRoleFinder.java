package dev.reprise.optimizer.locate;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.Graph;
import dev.reprise.graph.Node;
import dev.reprise.graph.Value;
import dev.reprise.graph.bundle.InputRoles;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.optimizer.operators.Operators;
import dev.reprise.optimizer.shapes.TensorTypes;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Tells the latents and the timestep among the model inputs: by the names that diffusers and its exporters use, failing that by
 * shape (the latents look like the first output). The timestep input's scale shows in the graph: models that take 0..1 multiply by
 * 1000 before they embed it.
 */
public final class InputRoleFinder {
    private static final List<Pattern> LATENTS = List.of(
            Pattern.compile("hidden_states|sample|latent_model_input|latents?|noisy_latents?|x|z|x_t|img|noise"),
            Pattern.compile(
                    "(?!.*(encoder|text|prompt|mask|timestep|caption)).*(latent|sample|hidden_states|noise).*"));
    private static final Pattern TIMESTEP =
            Pattern.compile("t|time|timesteps?|time_?steps?|noise_level|sigmas?|.*timestep.*");
    private static final int SEARCHED_NODES = 24;

    private final Graph graph;
    private final TensorTypes types;

    public InputRoleFinder(Graph graph, TensorTypes types) {
        this.graph = graph;
        this.types = types;
    }

    public InputRoles find() {
        Value timestep = graph.requiredInputs().stream()
                .filter(input -> TIMESTEP.matcher(input.name()).matches() && rank(input) <= 2)
                .findFirst()
                .orElse(null);
        Value latents = latents(timestep);
        return new InputRoles(
                latents == null ? null : latents.name(),
                timestep == null ? null : timestep.name(),
                timestep == null ? 1 : scale(timestep));
    }

    private @Nullable Value latents(@Nullable Value timestep) {
        for (Pattern pattern : LATENTS) {
            for (Value input : graph.requiredInputs()) {
                if (input != timestep && pattern.matcher(input.name()).matches() && isFloat(input)) {
                    return input;
                }
            }
        }
        Value output = graph.outputs().isEmpty() ? null : graph.outputs().get(0);
        for (Value input : graph.requiredInputs()) {
            if (output != null
                    && input != timestep
                    && isFloat(input)
                    && rank(input) > 2
                    && rank(input) == rank(output)) {
                return input;
            }
        }
        return null;
    }

    private boolean isFloat(Value value) {
        ElementType type = types.elementType(value);
        return type != null && type.isFloatingPoint();
    }

    private int rank(Value value) {
        List<Long> shape = types.shape(value);
        return shape == null ? 0 : shape.size();
    }

    /** 1000 when the timestep is multiplied by 1000 before anything else happens to it. */
    private static double scale(Value timestep) {
        Deque<Value> open = new ArrayDeque<>(List.of(timestep));
        Set<Value> seen = new HashSet<>(open);
        for (int i = 0; i < SEARCHED_NODES && !open.isEmpty(); i++) {
            for (Node consumer : open.poll().consumers()) {
                if (consumer.is("Mul") && multipliesByThousand(consumer)) {
                    return 1000;
                }
                if (Operators.isLayout(consumer)) {
                    consumer.writes().stream().filter(seen::add).forEach(open::add);
                }
            }
        }
        return 1;
    }

    private static boolean multipliesByThousand(Node node) {
        return node.reads().stream().anyMatch(read -> {
            TensorProto tensor = read.initializer();
            if (tensor == null && read.producer() != null && read.producer().is("Constant")) {
                AttributeProto value = read.producer().attribute("value");
                tensor = value == null ? null : value.getT();
            }
            return tensor != null && isThousand(tensor);
        });
    }

    private static boolean isThousand(TensorProto tensor) {
        if (tensor.getDataType() == TensorProto.DataType.FLOAT_VALUE) {
            if (tensor.getFloatDataCount() == 1) {
                return tensor.getFloatData(0) == 1000f;
            }
            return tensor.getRawData().size() == Float.BYTES
                    && tensor.getRawData()
                                    .asReadOnlyByteBuffer()
                                    .order(ByteOrder.LITTLE_ENDIAN)
                                    .getFloat()
                            == 1000f;
        }
        Long integer = tensor.getDataType() == TensorProto.DataType.INT64_VALUE && tensor.getInt64DataCount() == 1
                ? Long.valueOf(tensor.getInt64Data(0))
                : null;
        if (tensor.getDataType() == TensorProto.DataType.INT64_VALUE
                && tensor.getRawData().size() == Long.BYTES) {
            integer = tensor.getRawData()
                    .asReadOnlyByteBuffer()
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .getLong();
        }
        return integer != null && integer == 1000;
    }
}
