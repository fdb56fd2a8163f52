package dev.reprise.optimizer.locate;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.Graph;
import dev.reprise.graph.NearestNames;
import dev.reprise.graph.Value;
import dev.reprise.graph.bundle.InputRoles;
import dev.reprise.optimizer.api.TimestepInput;
import dev.reprise.optimizer.api.UnsupportedModelException;
import dev.reprise.optimizer.shapes.TensorTypes;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Tells the latents and the timestep among the model inputs: by the names that code bases and exporters use, failing that by
 * shape (the latents look like the first output). The user may say which input is the timestep. What the timestep is worth shows in the graph, see {@link TimestepScale}.
 */
public final class InputRoleFinder {
    private static final List<Pattern> LATENTS = List.of(
            Pattern.compile("hidden_states|sample|latent_model_input|latents?|noisy_latents?|x|z|x_t|img|noise"),
            Pattern.compile(
                    "(?!.*(encoder|text|prompt|mask|timestep|caption)).*(latent|sample|hidden_states|noise).*"));
    /** Names that say a time first, then those of noise levels, which other inputs may have too. */
    private static final List<Pattern> TIMESTEP = List.of(
            Pattern.compile("t|ts|times?|time_?steps?|.*timestep.*"),
            Pattern.compile("sigmas?|noise_levels?|noise_labels?|c_noise|noise_cond|levels?"));

    private final Graph graph;
    private final TensorTypes types;
    private final @Nullable TimestepInput declared;

    /** @param declared the input that holds the timestep, as the user says; null to tell by its name */
    public InputRoleFinder(Graph graph, TensorTypes types, @Nullable TimestepInput declared) {
        this.graph = graph;
        this.types = types;
        this.declared = declared;
    }

    /**
     * The roles.
     *
     * @throws UnsupportedModelException when the model has no such input as the user says
     */
    public InputRoles find() {
        Value timestep = declared == null ? timestep() : input(declared.name());
        Value latents = latents(timestep);
        return new InputRoles(
                latents == null ? null : latents.name(),
                timestep == null ? null : timestep.name(),
                timestep == null ? 1 : scale(timestep));
    }

    private double scale(Value timestep) {
        return declared != null && declared.scale().isPresent()
                ? declared.scale().getAsDouble()
                : TimestepScale.of(timestep);
    }

    private Value input(String name) {
        List<String> names = graph.requiredInputs().stream().map(Value::name).toList();
        return graph.requiredInputs().stream()
                .filter(input -> input.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new UnsupportedModelException("the model has no input '" + name
                        + "' to be the timestep; it has " + names + NearestNames.question(name, names)));
    }

    private @Nullable Value timestep() {
        for (Pattern pattern : TIMESTEP) {
            for (Value input : graph.requiredInputs()) {
                if (pattern.matcher(input.name()).matches() && rank(input) <= 2) {
                    return input;
                }
            }
        }
        return null;
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
