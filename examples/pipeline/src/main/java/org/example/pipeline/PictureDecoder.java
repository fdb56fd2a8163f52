package org.example.pipeline;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.runtime.api.Outputs;
import dev.reprise.runtime.api.SessionSettings;

/** The decoder of the autoencoder: latents become pixels. */
final class PictureDecoder implements AutoCloseable {
    private final PipelineModel model;
    private final double scale;
    private final double shift;

    private PictureDecoder(PipelineModel model, double scale, double shift) {
        this.model = model;
        this.scale = scale;
        this.shift = shift;
    }

    static PictureDecoder open(ExportFolder export, SessionSettings settings) {
        ConfigFile config = export.config("vae_decoder");
        double scale = config.number("scaling_factor");
        double shift = config.number("shift_factor");
        PipelineModel model = PipelineModel.open(export.model("vae_decoder"), settings, "latent_sample");
        try {
            model.requireOutput("sample", "");
            return new PictureDecoder(model, scale, shift);
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    /** @param latents [1, channels, height, width] as the transformer has them */
    Picture decode(float[] latents, LatentShape shape) {
        float[] scaled = new float[latents.length];
        for (int i = 0; i < latents.length; i++) {
            scaled[i] = (float) (latents[i] / scale + shift);
        }
        try (OnnxTensor input = Tensors.of(model.input(), scaled, 1, shape.channels(), shape.height(), shape.width());
                Outputs outputs = model.run(input)) {
            OnnxTensor pixels = outputs.get("sample");
            long[] size = pixels.getInfo().getShape();
            return Picture.ofDecoded(Tensors.floats(pixels), (int) size[3], (int) size[2]);
        }
    }

    @Override
    public void close() {
        model.close();
    }
}
