package dev.reprise.optimizer.locate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.ModulePath;
import org.junit.jupiter.api.Test;

class PathSetTest {
    @Test
    void overlapsWhatLiesInAPathOrAroundIt() {
        PathSet paths = new PathSet();
        paths.add(ModulePath.of("blocks.1.attn"));
        assertThat(paths.overlaps(ModulePath.of("blocks.1.attn"))).isTrue();
        assertThat(paths.overlaps(ModulePath.of("blocks.1.attn.to_q"))).isTrue();
        assertThat(paths.overlaps(ModulePath.of("blocks.1"))).isTrue();
        assertThat(paths.overlaps(ModulePath.of("blocks.1.attn2"))).isFalse();
        assertThat(paths.overlaps(ModulePath.of("blocks.2"))).isFalse();
        assertThat(paths.overlaps(ModulePath.of("blocks.12.attn"))).isFalse();
    }

    @Test
    void overlapsNothingWhenEmpty() {
        assertThat(new PathSet().overlaps(ModulePath.of("blocks.1"))).isFalse();
    }
}
