package dev.reprise.verify.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.verify.api.Mismatch;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MismatchTest {
    @Test
    void aStepAndARangeOfBlocksAreALine() {
        List<Mismatch> mismatches = new ArrayList<>();
        for (int block : new int[] {2, 3, 4, 7}) {
            mismatches.add(new Mismatch(3, "transformer_blocks." + block + ".attn1", "ran, recorded as skipped", "x"));
            mismatches.add(new Mismatch(3, "transformer_blocks." + block + ".ff", "ran, recorded as skipped", "x"));
        }
        mismatches.add(new Mismatch(4, "transformer_blocks.2.attn1", "ran, recorded as skipped", "x"));
        mismatches.add(new Mismatch(5, "blocks", "REUSE, recorded as computed", ""));

        assertThat(Mismatch.lines(mismatches))
                .containsExactly(
                        "step 3: transformer_blocks.{2..4}.attn1 ran, recorded as skipped (x)",
                        "step 3: transformer_blocks.7.attn1 ran, recorded as skipped (x)",
                        "step 3: transformer_blocks.{2..4}.ff ran, recorded as skipped (x)",
                        "step 3: transformer_blocks.7.ff ran, recorded as skipped (x)",
                        "step 4: transformer_blocks.2.attn1 ran, recorded as skipped (x)",
                        "step 5: blocks REUSE, recorded as computed");
    }

    @Test
    void aNumberOfNoBlockIsAName() {
        Mismatch mismatch = new Mismatch(0, "experts.12345678901", "ran, recorded as skipped", "");

        assertThat(Mismatch.lines(List.of(mismatch)))
                .containsExactly("step 0: experts.12345678901 ran, recorded as skipped");
    }
}
