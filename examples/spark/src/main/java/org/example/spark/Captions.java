package org.example.spark;

import dev.reprise.demo.DemoModels;
import dev.reprise.graph.recording.Safetensors;
import dev.reprise.graph.recording.StoredTensor;
import java.util.Arrays;

/** What the digits model is told for a prompt. The last row is the empty prompt. */
final class Captions {
    private final float[] values;
    private final int rows;
    private final int tokens;
    private final int channels;

    /** @param values [rows, tokens, channels] */
    private Captions(float[] values, int rows, int tokens, int channels) {
        this.values = values;
        this.rows = rows;
        this.tokens = tokens;
        this.channels = channels;
    }

    /** Those that come with the digits model. */
    static Captions ofDigits() {
        StoredTensor stored = Safetensors.read(DemoModels.digits().resolve("captions.safetensors"))
                .tensor("captions");
        float[] values = new float[stored.data().remaining() / Float.BYTES];
        stored.data().asFloatBuffer().get(values);
        return new Captions(
                values,
                Math.toIntExact(stored.shape().get(0)),
                Math.toIntExact(stored.shape().get(1)),
                Math.toIntExact(stored.shape().get(2)));
    }

    int tokens() {
        return tokens;
    }

    int channels() {
        return channels;
    }

    /** Both guidance branches: the empty prompt and a digit, [2, tokens, channels]. */
    float[] branches(int digit) {
        int row = tokens * channels;
        float[] branches = Arrays.copyOfRange(values, (rows - 1) * row, (rows + 1) * row);
        System.arraycopy(values, digit * row, branches, row, row);
        return branches;
    }
}
