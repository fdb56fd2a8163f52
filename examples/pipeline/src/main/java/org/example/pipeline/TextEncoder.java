package org.example.pipeline;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.SessionSettings;

/** A text encoder with its tokenizer: CLIP, of which the last layer but one and the pooled embedding count, or T5. */
final class TextEncoder implements AutoCloseable {
    private final PromptTokenizer tokenizer;
    private final PipelineModel model;
    private final String hidden;
    private final String pooled;

    private TextEncoder(PromptTokenizer tokenizer, PipelineModel model, String hidden, String pooled) {
        this.tokenizer = tokenizer;
        this.model = model;
        this.hidden = hidden;
        this.pooled = pooled;
    }

    /**
     * What an encoder says of a prompt.
     *
     * @param hidden [tokens, channels]
     * @param pooled [channels], empty for T5
     * @param channels width of a token
     * @param dropped tokens of the prompt that had no room
     */
    @SuppressWarnings("ArrayRecordComponent") // nothing compares them
    record Encoded(float[] hidden, float[] pooled, int channels, int dropped) {}

    /**
     * A CLIP encoder.
     *
     * @param suffix "" for the first, {@code _2} for the second
     */
    static TextEncoder clip(ExportFolder export, String suffix, int length, SessionSettings settings) {
        ConfigFile config = export.config("text_encoder" + suffix);
        int layers = config.count("num_hidden_layers", 0);
        // Of 12 layers there are 13 states, the first of which is the embedding: the last but one is number 11.
        String hidden = "hidden_states." + (layers - 1);
        return open(export, suffix, length, settings, hidden, "text_embeds");
    }

    /** T5, the third one. */
    static TextEncoder t5(ExportFolder export, int length, SessionSettings settings) {
        return open(export, "_3", length, settings, "last_hidden_state", "");
    }

    private static TextEncoder open(
            ExportFolder export, String suffix, int length, SessionSettings settings, String hidden, String pooled) {
        PromptTokenizer tokenizer = PromptTokenizer.open(export.part("tokenizer" + suffix), length);
        try {
            PipelineModel model = PipelineModel.open(export.model("text_encoder" + suffix), settings, "input_ids");
            TextEncoder encoder = new TextEncoder(tokenizer, model, hidden, pooled);
            try {
                encoder.requireOutputs();
                return encoder;
            } catch (RuntimeException e) {
                model.close();
                throw e;
            }
        } catch (RuntimeException e) {
            tokenizer.close();
            throw e;
        }
    }

    private void requireOutputs() {
        model.requireOutput(
                hidden, pooled.isEmpty() ? "" : " (the last layer but one: export with output_hidden_states)");
        if (!pooled.isEmpty()) {
            model.requireOutput(pooled, "");
        }
    }

    Encoded encode(String prompt) {
        PromptTokenizer.Tokens tokens = tokenizer.tokens(prompt);
        try (OnnxTensor ids = Tensors.of(model.input(), tokens.ids(), 1, tokens.ids().length);
                Outputs outputs = model.run(ids)) {
            float[] states = Tensors.floats(outputs.get(hidden));
            return new Encoded(
                    states,
                    pooled.isEmpty() ? new float[0] : Tensors.floats(outputs.get(pooled)),
                    states.length / tokens.ids().length,
                    tokens.dropped());
        }
    }

    @Override
    public void close() {
        try {
            model.close();
        } finally {
            tokenizer.close();
        }
    }
}
