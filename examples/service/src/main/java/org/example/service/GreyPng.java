package org.example.service;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** A sample as a PNG file: −1 is black and 1 is white. */
final class GreyPng {
    private GreyPng() {}

    static byte[] of(float[] sample, int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
        for (int j = 0; j < sample.length; j++) {
            float clamped = Math.min(1, Math.max(-1, sample[j]));
            image.getRaster().setSample(j % width, j / width, 0, Math.round((clamped + 1) * 127.5f));
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        // ImageIO keeps what it writes to a plain stream in a temporary file.
        try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            ImageIO.write(image, "png", out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
