package dev.reprise.verify.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.verify.api.FirstDrift;
import java.util.List;
import org.junit.jupiter.api.Test;

class CauseFinderTest {
    @Test
    void namesTellTheModuleOfAWeightOrNode() {
        assertThat(CauseFinder.moduleOf("blocks.0.attn.to_q.weight", "")).contains("blocks.0.attn.to_q");
        assertThat(CauseFinder.moduleOf("model.blocks.0.ff.weight", "model")).contains("blocks.0.ff");
        assertThat(CauseFinder.moduleOf("/blocks.0/norm1/Add_4_output_0", "")).contains("blocks.0.norm1");
        assertThat(CauseFinder.moduleOf("/Add_2_output_0", "")).isEmpty();
        assertThat(CauseFinder.moduleOf("onnx::MatMul_123", "")).isEmpty();
        assertThat(CauseFinder.moduleOf("val_7", "")).isEmpty();
    }

    @Test
    void aModuleThatFeedsTheLocatedOneIsBlamedItself() {
        FirstDrift found = new FirstDrift(0, "blocks.0.attn", "t", 0.1, 1, 1, 4);

        assertThat(found.placedBy(List.of()).module()).isEqualTo("blocks.0.attn");
        assertThat(found.placedBy(List.of("blocks.0.attn.to_q")).module()).isEqualTo("blocks.0.attn");
        assertThat(found.placedBy(List.of("blocks.0.norm1", "blocks.0.attn")).module())
                .isEqualTo("blocks.0.norm1");
    }
}
