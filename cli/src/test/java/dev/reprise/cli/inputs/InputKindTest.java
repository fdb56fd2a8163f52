package dev.reprise.cli.inputs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.ElementType;
import dev.reprise.graph.bundle.InputRoles;
import dev.reprise.graph.bundle.TensorSpec;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InputKindTest {
    private static final InputRoles ROLES = new InputRoles("hidden_states", "timestep", 1);

    @ParameterizedTest
    @CsvSource({
        "hidden_states, FLOAT, 1 4 8 8, LATENTS",
        "timestep, INT64, 1, TIMESTEP",
        "timestep_r, FLOAT, 1, TIMESTEP",
        "timestep_cond, FLOAT, 1 256, FEATURES",
        "encoder_attention_mask, INT64, 1 77, MASK",
        "attention_mask, BOOL, 1 77, MASK",
        "guidance, FLOAT, 1, GUIDANCE",
        "token_type_ids, INT64, 1 77, TYPE_IDS",
        "segment_ids, INT64, 1 77, TYPE_IDS",
        "position_ids, INT64, 1 77, POSITIONS",
        "img_ids, FLOAT, 64 3, POSITIONS",
        "txt_ids, INT64, 77 3, POSITIONS",
        "input_ids, INT64, 1 77, INDICES",
        "class_labels, INT64, 1, INDICES",
        "encoder_hidden_states, FLOAT, 1 77 32, FEATURES",
        "image_rotary_emb, FLOAT, 64 32, FEATURES"
    })
    void isToldByRoleNameAndType(String name, ElementType type, String shape, InputKind kind) {
        List<Long> dimensions =
                Arrays.stream(shape.split(" ", -1)).map(Long::valueOf).toList();

        assertThat(InputKind.of(new TensorSpec(name, type, dimensions, List.of(), dimensions), ROLES))
                .isEqualTo(kind);
    }
}
