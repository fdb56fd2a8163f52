package org.example.pipeline;

import dev.reprise.runtime.api.SessionSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** All text encoders. They are used once for a picture and are most of the weights: close them where memory is short. */
final class PromptEncoder implements AutoCloseable {
    private static final int CLIP_TOKENS = 77;
    private static final int T5_TOKENS = 256;

    private final int channels;
    /** Two of CLIP, and T5 where the export has it. */
    private final List<TextEncoder> encoders = new ArrayList<>();

    private final int clipTokens;

    private PromptEncoder(int channels, int clipTokens) {
        this.channels = channels;
        this.clipTokens = clipTokens;
    }

    static PromptEncoder open(ExportFolder export, SessionSettings settings) {
        Path clip = export.part("tokenizer").resolve("tokenizer_config.json");
        int length =
                Files.isRegularFile(clip) ? ConfigFile.read(clip).count("model_max_length", CLIP_TOKENS) : CLIP_TOKENS;
        PromptEncoder all = new PromptEncoder((int) export.config("transformer").number("joint_attention_dim"), length);
        try {
            all.encoders.add(TextEncoder.clip(export, "", length, settings));
            all.encoders.add(TextEncoder.clip(export, "_2", length, settings));
            if (export.hasThirdEncoder()) {
                all.encoders.add(TextEncoder.t5(export, T5_TOKENS, settings));
            }
            return all;
        } catch (RuntimeException e) {
            all.close();
            throw e;
        }
    }

    PromptEmbeddings encode(String prompt) {
        List<TextEncoder.Encoded> encoded =
                encoders.stream().map(encoder -> encoder.encode(prompt)).toList();
        TextEncoder.Encoded first = encoded.get(0);
        TextEncoder.Encoded second = encoded.get(1);
        int length = clipTokens + T5_TOKENS;
        float[] tokens = new float[length * channels];
        require(
                first.channels() + second.channels() <= channels,
                "both CLIP encoders",
                first.channels() + second.channels());
        for (int i = 0; i < clipTokens; i++) {
            System.arraycopy(first.hidden(), i * first.channels(), tokens, i * channels, first.channels());
            System.arraycopy(
                    second.hidden(), i * second.channels(), tokens, i * channels + first.channels(), second.channels());
        }
        if (encoded.size() > 2) {
            require(encoded.get(2).channels() == channels, "T5", encoded.get(2).channels());
            System.arraycopy(encoded.get(2).hidden(), 0, tokens, clipTokens * channels, T5_TOKENS * channels);
        }
        float[] pooled = Conditioning.joined(first.pooled(), second.pooled());
        return new PromptEmbeddings(tokens, length, pooled, dropped(encoded));
    }

    private void require(boolean fits, String what, int found) {
        if (!fits) {
            throw new UnusableExportException("the transformer's joint_attention_dim is " + channels
                    + ", and the width of " + what + " is " + found + ": they are not of one model");
        }
    }

    private List<String> dropped(List<TextEncoder.Encoded> encoded) {
        List<String> dropped = new ArrayList<>();
        if (encoded.get(0).dropped() > 0) {
            dropped.add(encoded.get(0).dropped() + " tokens are beyond the " + clipTokens + " that CLIP reads");
        }
        if (encoded.size() > 2 && encoded.get(2).dropped() > 0) {
            dropped.add(encoded.get(2).dropped() + " tokens are beyond the " + T5_TOKENS + " that T5 reads");
        }
        return dropped;
    }

    @Override
    public void close() {
        encoders.forEach(TextEncoder::close);
        encoders.clear();
    }
}
