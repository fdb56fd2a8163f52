package org.example.pipeline;

/** Sizes of a model: what a picture of so many pixels is as latents, and which sizes there are. */
final class LatentSpace {
    private final int channels;
    private final int patch;
    /** Pixels for each latent value, each way. */
    private final int scale;

    private final int usual;
    /** Most patches each way, as many as there are positions; 0 where any number goes. */
    private final int mostPatches;

    private LatentSpace(int channels, int patch, int scale, int usual, int mostPatches) {
        this.channels = channels;
        this.patch = patch;
        this.scale = scale;
        this.usual = usual;
        this.mostPatches = mostPatches;
    }

    static LatentSpace of(ExportFolder export) {
        ConfigFile transformer = export.config("transformer");
        int levels =
                export.config("vae_decoder").json().path("block_out_channels").size();
        return new LatentSpace(
                transformer.count("in_channels", 16),
                transformer.count("patch_size", 2),
                levels == 0 ? 8 : 1 << (levels - 1),
                transformer.count("sample_size", 128),
                transformer.count("pos_embed_max_size", 0));
    }

    /** Of the size that the model was trained for. */
    LatentShape usual() {
        return new LatentShape(channels, usual, usual, patch);
    }

    /**
     * The latents of a request.
     *
     * @throws IllegalArgumentException when the model cannot draw that size; the message says which ones it can
     */
    LatentShape shape(PictureRequest request) {
        int width = request.width(usual * scale);
        int height = request.height(usual * scale);
        int unit = scale * patch;
        boolean fits = mostPatches == 0 || Math.max(width, height) <= mostPatches * unit;
        if (width % unit != 0 || height % unit != 0 || !fits) {
            throw new IllegalArgumentException("width and height must be multiples of " + unit
                    + (mostPatches == 0 ? "" : " up to " + mostPatches * unit) + ", were " + width + "x" + height);
        }
        return new LatentShape(channels, height / scale, width / scale, patch);
    }
}
