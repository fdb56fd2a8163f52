package org.example.pipeline;

/**
 * What the transformer is told of a prompt.
 *
 * @param tokens [length, channels]: both CLIP encoders side by side, zeros to the right of them, and T5 below
 * @param length 77 of CLIP and 256 of T5
 * @param pooled [channels of both CLIP encoders]
 * @param warnings what was left out of the prompt, in words; usually nothing
 */
@SuppressWarnings("ArrayRecordComponent") // nothing compares them
record PromptEmbeddings(float[] tokens, int length, float[] pooled, java.util.List<String> warnings) {
    PromptEmbeddings {
        warnings = java.util.List.copyOf(warnings);
    }
}
