package dev.reprise.optimizer.locate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.bundle.InputRoles;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.optimizer.TinyModel;
import dev.reprise.optimizer.shapes.TensorTypes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
        OnnxModel model = tiny.write(temp);
        return new InputRoleFinder(model.graph(), TensorTypes.infer(model, Map.of())).find();
    }
}
