package dev.reprise.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModulePathTest {
    private static final ModulePath QUERY = ModulePath.of("transformer_blocks.3.attn1.to_q");

    @Test
    void knowsItsPartsFromTheInsideOut() {
        assertThat(QUERY.leaf()).isEqualTo("to_q");
        assertThat(QUERY.parent()).isEqualTo(ModulePath.of("transformer_blocks.3.attn1"));
        assertThat(ModulePath.of("proj_out").parent()).isEqualTo(ModulePath.ROOT);
        assertThat(ModulePath.ROOT.parent()).isEqualTo(ModulePath.ROOT);
        assertThat(ModulePath.ROOT.leaf()).isEmpty();
        assertThat(QUERY.names()).containsExactly("transformer_blocks", "3", "attn1", "to_q");
        assertThat(ModulePath.ROOT.names()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "transformer_blocks.3.attn1.to_q, transformer_blocks.3",
        "transformer_blocks.3, transformer_blocks.3",
        "encoder.layer.12.mlp.0, encoder.layer.12",
        "0.attn, ",
        "transformer_blocks, ",
        "blocks.3x.attn, ",
    })
    void itsEntryIsTheOutermostOfAList(String path, String entry) {
        assertThat(ModulePath.of(path).entry()).isEqualTo(entry == null ? null : ModulePath.of(entry));
    }

    @Test
    void anEntryDoesNotLieInsideItself() {
        assertThat(QUERY.isInsideEntry()).isTrue();
        assertThat(ModulePath.of("transformer_blocks.3").isInsideEntry()).isFalse();
        assertThat(ModulePath.of("proj_out").isInsideEntry()).isFalse();
    }

    @Test
    void liesInTheModulesAroundItByWholeNames() {
        ModulePath first = ModulePath.of("blocks.1");
        assertThat(ModulePath.of("blocks.1.attn").isIn(first)).isTrue();
        assertThat(ModulePath.of("blocks.12.attn").isIn(first)).isFalse();
        assertThat(first.isIn(first)).isTrue();
        assertThat(first.isBelow(first)).isFalse();
        assertThat(first.isIn(ModulePath.ROOT)).isTrue();
    }

    @Test
    void theCommonModuleIsTheSmallestAroundAll() {
        assertThat(QUERY.common(ModulePath.of("transformer_blocks.3.ff")))
                .isEqualTo(ModulePath.of("transformer_blocks.3"));
        assertThat(QUERY.common(ModulePath.of("proj_out"))).isEqualTo(ModulePath.ROOT);
        assertThat(ModulePath.common(List.of(QUERY))).isEqualTo(QUERY);
        assertThat(ModulePath.common(List.of())).isNull();
    }

    @Test
    void theInnermostEntryIsTheOneNearestToIt() {
        assertThat(ModulePath.of("up_blocks.0.attentions.1.proj_in").innermostEntry())
                .isEqualTo(ModulePath.of("up_blocks.0.attentions.1"));
        assertThat(ModulePath.of("up_blocks.0").innermostEntry()).isEqualTo(ModulePath.of("up_blocks.0"));
        assertThat(ModulePath.of("mid_block.proj").innermostEntry()).isNull();
    }

    @Test
    void isSeenFromAModuleAroundItAndPutBack() {
        ModulePath block = ModulePath.of("transformer_blocks.3");
        ModulePath inner = QUERY.relativeTo(block);
        assertThat(inner).isEqualTo(ModulePath.of("attn1.to_q"));
        assertThat(block.append(inner)).isEqualTo(QUERY);
        assertThat(block.relativeTo(block)).isEqualTo(ModulePath.ROOT);
        assertThat(ModulePath.of("proj_out").relativeTo(block)).isEqualTo(ModulePath.of("proj_out"));
        assertThat(ModulePath.ROOT.child("proj_out")).isEqualTo(ModulePath.of("proj_out"));
    }

    @Test
    void tellsIndicesFromNames() {
        assertThat(ModulePath.of("blocks.12").isIndex()).isTrue();
        assertThat(ModulePath.of("blocks.attn1").isIndex()).isFalse();
        assertThat(ModulePath.ROOT.isIndex()).isFalse();
        assertThat(ModulePath.of("blocks.12345678901").isIndex()).isFalse();
        assertThat(ModulePath.of("blocks").isTopLevel()).isTrue();
        assertThat(ModulePath.of("blocks.12").isTopLevel()).isFalse();
    }
}
