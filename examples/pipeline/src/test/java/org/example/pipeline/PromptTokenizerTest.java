package org.example.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromptTokenizerTest {
    /** Accents, emoji, tabs, marks in the text, too long, empty; the first is of vocab.json and merges.txt, the others of tokenizer.json. */
    @ParameterizedTest
    @CsvSource({"tokenizer, 77", "tokenizer_2, 77", "tokenizer_3, 256"})
    void givesTheIdsOfTransformers(String name, int length) {
        Frozen frozen = Frozen.read();
        int[] expected = frozen.ids(name + ".ids");
        List<String> prompts = frozen.prompts();
        assertThat(prompts).hasSize(7);
        try (PromptTokenizer tokenizer = PromptTokenizer.open(Frozen.export().resolve(name), length)) {
            for (int i = 0; i < prompts.size(); i++) {
                long[] ids = tokenizer.tokens(prompts.get(i)).ids();
                long[] wanted = Arrays.stream(expected, i * length, (i + 1) * length)
                        .asLongStream()
                        .toArray();
                assertThat(ids).as(prompts.get(i)).containsExactly(wanted);
            }
            assertThat(tokenizer.tokens(prompts.get(1)).dropped()).isZero();
            assertThat(tokenizer.tokens(prompts.get(5)).dropped()).isEqualTo(602 - length);
        }
    }
}
