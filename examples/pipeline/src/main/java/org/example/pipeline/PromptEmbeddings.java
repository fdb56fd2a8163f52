package org.example.pipeline;

import java.util.List;

/**
 * What the transformer is told of a prompt.
 *
 * @param tokens [length, channels]: both CLIP encoders side by side, zeros to the right of them, and T5 below
 * @param length 77 of CLIP and 256 of T5
 * @param pooled [channels of both CLIP encoders]
 * @param dropped what had no room, in words; usually nothing
 */
@SuppressWarnings("ArrayRecordComponent") // nothing compares them
record PromptEmbeddings(float[] tokens, int length, float[] pooled, List<String> dropped) {
    PromptEmbeddings {
        dropped = List.copyOf(dropped);
    }
}
