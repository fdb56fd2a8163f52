package dev.reprise.optimizer.locate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.bundle.InputRoles;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.optimizer.TinyModel;
import dev.reprise.optimizer.api.TimestepInput;
import dev.reprise.optimizer.api.UnsupportedModelException;
import dev.reprise.optimizer.shapes.TensorTypes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InputRoleFinderTest {
    @TempDir
    private Path temp;

    @Test
    void inputsAreToldByTheirNames() throws IOException {
        InputRoles roles = roles(new TinyModel()
                .input("encoder_hidden_states")
                .input("hidden_states")
                .input("timestep", ElementType.FLOAT, 1)
                .node("Add", "y", "hidden_states", "encoder_hidden_states")
                .output("y"));
        assertThat(roles.latents()).isEqualTo("hidden_states");
        assertThat(roles.timestep()).isEqualTo("timestep");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"t", "ts", "times", "timesteps", "time_step", "sigma", "level", "noise_level", "noise_labels"})
    void theTimestepHasManyNames(String name) throws IOException {
        assertThat(roles(withTimestep("x", name)).timestep()).isEqualTo(name);
    }

    @Test
    void aTimeGoesBeforeALevel() throws IOException {
        InputRoles roles = roles(withTimestep("level", "times").input("x"));
        assertThat(roles.timestep()).isEqualTo("times");
    }

    @Test
    void theUserMaySayWhichInputIsTheTimestepAndWhatItIsWorth() throws IOException {
        assertThat(roles(withTimestep("x", "when"), new TimestepInput("when", OptionalDouble.empty())))
                .isEqualTo(new InputRoles("x", "when", 1));
        assertThat(roles(withTimestep("t", "when"), new TimestepInput("when", OptionalDouble.of(1000))))
                .satisfies(roles -> {
                    assertThat(roles.timestep()).isEqualTo("when");
                    assertThat(roles.timestepScale()).isEqualTo(1000);
                });
        assertThatThrownBy(() -> roles(withTimestep("x", "t"), new TimestepInput("when", OptionalDouble.empty())))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessage("the model has no input 'when' to be the timestep; it has [x, t]");
        assertThatThrownBy(() ->
                        roles(withTimestep("x", "timestep"), new TimestepInput("timesteps", OptionalDouble.empty())))
                .hasMessageEndingWith("it has [x, timestep]; did you mean 'timestep'?");
        assertThatThrownBy(() -> new TimestepInput("t", OptionalDouble.of(0)))
                .hasMessage("the scale of the timestep must be above 0, was 0.0");
    }

    private static TinyModel withTimestep(String first, String timestep) {
        return new TinyModel()
                .input(first, ElementType.FLOAT, 1, 1)
                .input(timestep, ElementType.FLOAT, 1)
                .node("Add", "y", first, timestep)
                .output("y", ElementType.FLOAT, 1, 1);
    }

    @Test
    void withoutKnownNamesTheLatentsLookLikeTheOutput() throws IOException {
        InputRoles roles = roles(new TinyModel()
                .input("a", ElementType.FLOAT, 4)
                .input("b", ElementType.FLOAT, 1, 4, 4)
                .node("Add", "y", "a", "b")
                .output("y", ElementType.FLOAT, 1, 4, 4));
        assertThat(roles).isEqualTo(new InputRoles("b", null, 1));
    }

    @Test
    void aModelWithoutSuchInputsHasNoRoles() throws IOException {
        InputRoles roles = roles(new TinyModel()
                .input("tokens", ElementType.INT64, 4)
                .node("Neg", "y", "tokens")
                .output("y", ElementType.INT64, 4));
        assertThat(roles).isEqualTo(new InputRoles(null, null, 1));
    }

    private InputRoles roles(TinyModel tiny) throws IOException {
        return roles(tiny, null);
    }

    private InputRoles roles(TinyModel tiny, @Nullable TimestepInput declared) throws IOException {
        OnnxModel model = tiny.write(temp);
        return new InputRoleFinder(model.graph(), TensorTypes.infer(model, Map.of()), declared).find();
    }
}
