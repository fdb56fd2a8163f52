package dev.reprise.optimizer.locate;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.Graph;
import dev.reprise.graph.Value;
import dev.reprise.graph.bundle.InputRoles;
import dev.reprise.optimizer.shapes.TensorTypes;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Tells the latents and the timestep among the model inputs: by the names that diffusers and its exporters use, failing that by
 * shape (the latents look like the first output). What the timestep is worth shows in the graph, see {@link TimestepScale}.
 */
public final class InputRoleFinder {
    private static final List<Pattern> LATENTS = List.of(
            Pattern.compile("hidden_states|sample|latent_model_input|latents?|noisy_latents?|x|z|x_t|img|noise"),
            Pattern.compile(
                    "(?!.*(encoder|text|prompt|mask|timestep|caption)).*(latent|sample|hidden_states|noise).*"));
    private static final Pattern TIMESTEP =
            Pattern.compile("t|time|timesteps?|time_?steps?|noise_level|sigmas?|.*timestep.*");

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
                timestep == null ? 1 : TimestepScale.of(timestep));
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
}
