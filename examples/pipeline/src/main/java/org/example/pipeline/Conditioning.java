package org.example.pipeline;

import java.util.Arrays;

/**
 * What the transformer is told, for a batch of one or, with guidance, of two: the negative prompt first.
 *
 * @param tokens [batch, length, channels]
 * @param pooled [batch, channels]
 */
@SuppressWarnings("ArrayRecordComponent") // nothing compares them
record Conditioning(int batch, int length, float[] tokens, float[] pooled) {

    static Conditioning plain(PromptEmbeddings prompt) {
        return new Conditioning(1, prompt.length(), prompt.tokens(), prompt.pooled());
    }

    static Conditioning guided(PromptEmbeddings negative, PromptEmbeddings prompt) {
        return new Conditioning(
                2,
                prompt.length(),
                joined(negative.tokens(), prompt.tokens()),
                joined(negative.pooled(), prompt.pooled()));
    }

    static float[] joined(float[] first, float[] second) {
        float[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }
}
