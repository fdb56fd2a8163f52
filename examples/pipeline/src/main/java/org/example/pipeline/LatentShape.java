package org.example.pipeline;

/**
 * Latents of one picture.
 *
 * @param channels of the autoencoder: 16 in Stable Diffusion 3
 * @param height an eighth of the picture's
 * @param width an eighth of the picture's
 * @param patch side of a patch, which the transformer takes for a token
 */
record LatentShape(int channels, int height, int width, int patch) {
    int size() {
        return channels * height * width;
    }

    int tokens() {
        return (height / patch) * (width / patch);
    }
}
