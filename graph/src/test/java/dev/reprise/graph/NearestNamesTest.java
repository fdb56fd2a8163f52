package dev.reprise.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestNamesTest {
    @Test
    void fewestEditsComeFirst() {
        assertThat(NearestNames.of("treshold", List.of("warmup_steps", "threshold", "thresholds"), 2))
                .containsExactly("threshold", "thresholds");
    }

    @Test
    void aPartOfTheNameIsNearerThanAnyEdit() {
        assertThat(NearestNames.of("ATTN1", List.of("attn", "attm1", "transformer_blocks.0.attn1"), 3))
                .containsExactly("attn", "transformer_blocks.0.attn1", "attm1");
    }

    @Test
    void twoLettersArePartOfTooMuch() {
        assertThat(NearestNames.of("ff", List.of("transformer_blocks.0.ff", "fu"), 1))
                .containsExactly("fu");
    }

    @Test
    void onlyANameThatIsNearIsAskedFor() {
        assertThat(NearestNames.question("hiden_states", List.of("timestep", "hidden_states")))
                .isEqualTo("; did you mean 'hidden_states'?");
        assertThat(NearestNames.question("mask", List.of("latents", "timestep")))
                .isEmpty();
        assertThat(NearestNames.likely("benhc", List.of("record", "bench"))).contains("bench");
    }

    @Test
    void namesThatAreEquallyNearKeepTheirOrderAndComeOnce() {
        assertThat(NearestNames.of("x", List.of("b", "a", "b"), 3)).containsExactly("b", "a");
        assertThat(NearestNames.of("x", List.of(), 3)).isEmpty();
    }
}
